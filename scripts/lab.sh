#!/bin/sh
# lab.sh [COMMAND [ARGUMENT...]]
#
# Two machines on one wire, to try the examples on: the namespaces node-1 and node-2, each with a
# device eth0 (172.18.0.2 and fd00:18::2, 172.18.0.3 and fd00:18::3). Runs the command there, or a
# shell; both are gone when it ends. In it, `node-1 COMMAND` runs a command on that machine, and
# `netplan` is the program.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
[ "${NETPLAN_SANDBOX:-}" = 1 ] || exec sh "$here/sandbox.sh" sh "$here/lab.sh" "$@"

lab=/run/netplan-lab
mkdir "$lab"

program() {
  printf '#!/bin/sh\n%s\n' "$2" >"$lab/$1"
  chmod +x "$lab/$1"
}

for node in node-1 node-2; do
  ip netns add $node
  ip -n $node link set dev lo up
  named="hostname $node 2>/dev/null || :; exec \"\$@\""
  program $node "exec nsenter --net=/run/netns/$node unshare --uts sh -c '$named' $node \"\${@:-sh}\""
done
program netplan "exec node '$here/../bin/run.js' \"\$@\""

ip link add name eth0 netns node-1 type veth peer name eth0 netns node-2
for number in 2 3; do
  node=node-$((number - 1))
  ip -n $node address add 172.18.0.$number/24 dev eth0
  ip -n $node address add fd00:18::$number/64 dev eth0 nodad
  ip -n $node link set dev eth0 up
done
# The kernel tells that the wire is there a moment later.
for node in node-1 node-2; do
  until ip -n $node link show dev eth0 | grep -q 'state UP'; do sleep 0.1; done
done

PATH=$lab:$PATH
export PATH
if [ $# -gt 0 ]; then
  exec "$@"
fi
echo 'Two machines: node-1 COMMAND and node-2 COMMAND run there; exit ends both.' >&2
exec "${SHELL:-sh}"
