#!/bin/sh
# sandbox.sh COMMAND [ARGUMENT...]
#
# Runs a command as root of a machine of its own: no network but `lo`, an empty /run, its own mounts
# and host name, and its own processes, all of which end when the command does. What it does to the
# network, the machine outside never sees. Works as root and, by a user namespace, as an ordinary user.
#
# Exits with the command's code, or with 77 where such a machine cannot be had.
set -eu

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export PATH

# Process 1 of the new machine. It stays to collect orphans; the kernel ends whoever is left after it.
# shellcheck disable=SC2016 # expands inside
inside='
  set -e
  mount -t tmpfs -o mode=755 tmpfs /run
  mkdir /run/netns
  mount -t sysfs sysfs /sys 2>/dev/null || : # the devices of the new network; some containers refuse
  ip link set dev lo up
  trap : INT TERM # process 1 would ignore them and outlive a command that does not
  "$@" || exit $?
'

namespaces='--net --mount --propagation private --uts --pid --fork --kill-child --mount-proc'
[ "$(id -u)" = 0 ] || namespaces="--user --map-root-user $namespaces"

# shellcheck disable=SC2086 # a list of words
if ! refusal=$(unshare $namespaces true 2>&1); then
  echo "sandbox: this machine gives $(id -un) no namespaces of their own: $refusal" >&2
  echo 'sandbox: run it as root, or allow them: sysctl kernel.unprivileged_userns_clone=1 (Debian),' \
    'sysctl kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu)' >&2
  exit 77
fi

# unshare ignores SIGTERM while it waits, so this shell stands before it. The signals that a shell
# turns off for what it starts in the background are turned on again, and standard input is passed on.
exec 3<&0
# shellcheck disable=SC2086
NETPLAN_SANDBOX=1 env --default-signal=INT,QUIT \
  unshare $namespaces sh -c "$inside" sandbox "$@" <&3 3<&- &
machine=$!
trap 'kill -KILL $machine' TERM HUP
trap : INT # the terminal has told the command too: it decides

while :; do
  code=0
  wait $machine || code=$?
  kill -0 $machine 2>/dev/null || exit $code
done
