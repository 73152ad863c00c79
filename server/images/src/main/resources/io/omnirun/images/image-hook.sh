#!/bin/sh
# Runs beside the new root file system ($1), in the builder's user namespace, where files have their right owners. Makes
# the image that the builder has laid ready.
set -eu

if [ "${2-}" != "alone" ]; then
  exec unshare --mount -- "$0" "$1" alone
fi

staging=$(dirname -- "$0")/..
view=$staging/view
uuid=6f6d6e69-7275-6e00-8000-62617365696d
printf '%s make image\n' "$(cat -- "$staging/recipe/mark")"

# A bind mount shows the root without /proc, /sys and the devices that are mounted in it now.
mount --bind "$1" "$view"

block_bytes=4096
inode_bytes=256
# Copying never makes a file take fewer blocks, but directories and extent trees may take a few more.
slack_percent=3
slack_blocks=2048
inodes=$(du --summarize --inodes "$view" | cut -f 1)
inodes=$((inodes + inodes / 50 + 64))
content_blocks=$(du --summarize --block-size=$block_bytes "$view" | cut -f 1)
table_blocks=$((inodes * inode_bytes / block_bytes))
blocks=$((content_blocks + content_blocks * slack_percent / 100 + table_blocks + slack_blocks))

# Nothing is ever written to it, so it needs neither journal nor room to grow nor checksums, which cost time in an
# emulated machine. Fixed identifiers and time make equal content equal bytes.
# SOURCE_DATE_EPOCH is not set for the whole build: Python would then make byte code that it checks at every start.
E2FSPROGS_FAKE_TIME=1767225600 mke2fs -q -F -t ext4 -b $block_bytes -I $inode_bytes -N "$inodes" -m 0 -L omnirun-base \
  -O '^has_journal,^resize_inode,^metadata_csum' -U $uuid -E "hash_seed=$uuid,root_owner=0:0" \
  -d "$view" "$staging/base.img" "$blocks"
