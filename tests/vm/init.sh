#!/bin/sh
# The first and only program of the guest: mounts what Node needs, loads the modules, runs the tests whose files
# have one of its arguments in their name.
busybox=/bin/busybox
$busybox mount -t proc proc /proc
$busybox mount -t sysfs sys /sys
$busybox mount -t devtmpfs dev /dev
$busybox chmod 1777 /tmp
for module in /modules/*.ko; do $busybox insmod "$module"; done
cd /keywright || exit
PATH=/bin HOME=/tmp node --import /keywright/tests/vm/loader.mjs tests/vm/guest.ts "$@" 2>&1
echo "The tests ended with $?."
$busybox dmesg | $busybox grep -E 'segfault|traps:|Oops|BUG:|Out of memory'
$busybox poweroff -f
