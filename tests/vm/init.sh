#!/bin/sh
# The first and only program of the guest: mounts what Node needs, loads the modules, runs the tests.
busybox=/bin/busybox
$busybox mount -t proc proc /proc
$busybox mount -t sysfs sys /sys
$busybox mount -t devtmpfs dev /dev
$busybox chmod 1777 /tmp
for module in /modules/*.ko; do $busybox insmod "$module"; done
cd /keywright || exit
PATH=/bin HOME=/tmp node --disable-warning=ExperimentalWarning tests/vm/guest.ts 2>&1
$busybox dmesg | $busybox grep -E 'segfault|traps:|Oops|BUG:'
$busybox poweroff -f
