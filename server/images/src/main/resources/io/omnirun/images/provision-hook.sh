#!/bin/sh
# Runs beside the new root file system, in the builder's user namespace. Carries the recipe into the root ($1), works it
# off inside, and takes it out again.
set -eu

recipe=$(dirname -- "$0")
root=$1

cp -R -- "$recipe/inside" "$root/omnirun-build"
chroot "$root" /usr/bin/env -i \
  HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  /bin/bash /omnirun-build/provision.sh "$(cat -- "$recipe/mark")"
rm -rf -- "$root/omnirun-build"
