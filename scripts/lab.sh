#!/bin/sh
# lab.sh [COMMAND [ARGUMENT...]]
#
# Machines on one wire, to try the examples on: the namespaces node-1 and node-2, each with a device
# eth0 (172.18.0.2 and fd00:18::2, 172.18.0.3 and fd00:18::3), and `outside` (172.18.0.200 and
# fd00:18::200), which knows of no pods. LAB_NODES=3 makes three nodes, and so on. Runs the command
# there, or a shell; all are gone when it ends. In it, `node-1 COMMAND` runs a command on that
# machine, and `netplan` is the program.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
nodes=${LAB_NODES:-2}
case $nodes in
[1-9] | [1-9][0-9]) ;;
*)
  echo "lab: LAB_NODES is how many nodes there are, 1 to 99; got $nodes" >&2
  exit 64
  ;;
esac
[ "${NETPLAN_SANDBOX:-}" = 1 ] || exec sh "$here/sandbox.sh" sh "$here/lab.sh" "$@"

lab=/run/netplan-lab
mkdir "$lab"

program() {
  printf '#!/bin/sh\n%s\n' "$2" >"$lab/$1"
  chmod +x "$lab/$1"
}

# wire NAME: a bridge in a namespace of its own, which stands for a switch. It floods multicast.
wire() {
  ip netns add "$1"
  ip -n "$1" link add name wire type bridge mcast_snooping 0
  ip -n "$1" link set dev wire up
  # Where this machine filters bridged packets, a switch does not.
  ip netns exec "$1" sh -c 'for file in /proc/sys/net/bridge/bridge-nf-call-*tables; do
    [ ! -e "$file" ] || echo 0 >"$file"
  done'
}

# machine NAME: a namespace, and the command to get there.
machine() {
  ip netns add "$1"
  ip -n "$1" link set dev lo up
  named="hostname $1 2>/dev/null || :; exec \"\$@\""
  program "$1" "exec nsenter --net=/run/netns/$1 unshare --uts sh -c '$named' $1 \"\${@:-sh}\""
}

# plug MACHINE DEVICE WIRE ADDRESS...: a device of that machine, at a port of that name of the switch.
plug() {
  host=$1 device=$2
  ip link add name "$device" netns "$host" type veth peer name "$host" netns "$3"
  ip -n "$3" link set dev "$host" master wire up
  shift 3
  for address; do
    case $address in
    *:*) ip -n "$host" address add "$address" dev "$device" nodad ;;
    *) ip -n "$host" address add "$address" dev "$device" ;;
    esac
  done
  ip -n "$host" link set dev "$device" up
}

# The kernel tells that the wire is there a moment later.
await() {
  until ip -n "$1" link show dev "$2" | grep -q 'state UP'; do sleep 0.1; done
}

wire switch
all=
number=1
while [ "$number" -le "$nodes" ]; do
  machine "node-$number"
  plug "node-$number" eth0 switch "172.18.0.$((number + 1))/24" "fd00:18::$((number + 1))/64"
  all="$all node-$number"
  number=$((number + 1))
done
machine outside
plug outside eth0 switch 172.18.0.200/24 fd00:18::200/64
for one in $all outside; do await "$one" eth0; done
program netplan "exec node '$here/../bin/run.cjs' \"\$@\""

PATH=$lab:$PATH
export PATH
if [ $# -gt 0 ]; then
  exec "$@"
fi
echo "Machines:$all outside; \`node-1 COMMAND\` runs there, exit ends all." >&2
exec "${SHELL:-sh}"
