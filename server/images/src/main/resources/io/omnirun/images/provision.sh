#!/bin/bash
# Runs inside the new root file system as its root. Each thing to be done is a numbered directory with one file per
# value, so that no value is ever read as shell text but the commands themselves. $1 marks the lines that announce steps.
set -euo pipefail
shopt -s nullglob
umask 022

recipe=/omnirun-build
mark=$1

announce() {
  printf '%s %s\n' "$mark" "$1"
}

value() {
  cat -- "$item/$1"
}

add_user() {
  useradd --create-home --user-group --uid "$(value uid)" --home-dir "$(value home)" \
    --shell "$(value shell)" -- "$(value name)"
  if [[ -e $item/sudo && -d /etc/sudoers.d ]]; then
    install --mode=0440 -- "$item/sudo" "/etc/sudoers.d/90-$(value name)"
  fi
}

put_file() {
  install -D --mode="$(value mode)" -- "$item/content" "$(value path)"
  chown -- "$(value owner)" "$(value path)"
  # The change of owner takes away set-user-id bits.
  chmod -- "$(value mode)" "$(value path)"
}

run_command() {
  (cd / && exec /bin/bash -e -o pipefail "$item/script" </dev/null)
}

for_each() {
  for item in "$recipe/$1"/*; do
    announce "$(value title)"
    "$2"
  done
}

announce 'system defaults'
printf '127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n' >/etc/hosts
printf 'LANG=C.UTF-8\n' >/etc/default/locale

for_each users add_user
for_each files put_file
for_each commands run_command

announce 'clean up'
# What must differ from machine to machine, or came from this host.
printf 'localhost\n' >/etc/hostname
rm -f -- /etc/resolv.conf /var/lib/dbus/machine-id /var/lib/systemd/random-seed /etc/ssh/ssh_host_*
: >/etc/resolv.conf
: >/etc/machine-id
chmod 0644 /etc/hostname /etc/resolv.conf /etc/machine-id
# What can be had again, or only tells of this build.
apt-get clean
rm -rf -- /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/debconf/*-old /var/log/apt /var/log/*.log \
  /tmp/* /tmp/.[!.]* /var/tmp/* /root/.cache /root/.npm
