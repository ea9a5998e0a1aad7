#!/bin/sh
# npm run demo
#
# Installs what is missing, builds, and shows the main job on two throw-away machines (scripts/lab.sh)
# with one of the examples: plan, apply, plan again, a drift made by hand, plan, apply, destroy. Each
# command is shown with its output. Needs no root, and nothing of it reaches your network.
set -eu

cd "$(dirname "$0")/.."
example=examples/own-kubernetes-pods

if [ "${1:-}" != steps ]; then
  sh scripts/setup.sh demo
  npm run --silent build
  # Reading this machine's certificates costs each start of Node 20 another 45 ms.
  unset NODE_EXTRA_CA_CERTS
  exec sh scripts/lab.sh sh scripts/demo.sh steps
fi

bold='' dim='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
  bold=$(printf '\033[1m') dim=$(printf '\033[2m') plain=$(printf '\033[0m')
fi

title() { printf '\n%s%s%s\n' "$dim" "$*" "$plain"; }

prompt() { printf '%s%s# %s%s\n' "$bold" "$1" "$2" "$plain"; }

fail() {
  echo "demo: exit code $1 where $2 was expected" >&2
  exit 1
}

# on NODE COMMAND [EXIT_CODE]: shows a command, runs it there and expects its code.
on() {
  prompt "$1" "$2"
  code=0
  "$1" sh -c "$2" || code=$?
  [ "$code" -eq "${3:-0}" ] || fail "$code" "${3:-0}"
  [ "$code" -eq 0 ] || echo "(exit code $code)"
}

# The same, showing only the last line: the plan has been seen.
on_briefly() {
  prompt "$1" "$2"
  output=$("$1" sh -c "$2") || fail $? 0
  echo "${dim}[...]${plain}"
  echo "$output" | tail -n 1
}

reach() {
  if command -v ping >/dev/null; then
    on node-1 'ip netns exec pod1 ping -q -c 1 -M do -s 1372 10.0.2.2'
  else
    echo '(no ping here: install iputils-ping to see it)'
  fi
}

# Without what the kernel makes by itself, seconds later.
state() {
  for node in node-1 node-2; do
    $node ip -o -d link
    $node ip -o address
    $node ip -o route show table all
    $node bridge fdb
  done | grep -v -e fe80: -e ff00: -e 33:33: -e 01:00:5e:
  ip netns list
}

cd "$example"
echo "Two machines of their own, node-1 and node-2, on one wire; your network is not touched."
echo "Each is to have two pods, and a VXLAN between them; one file says it of both: $example"
before=$(state)

title 'What would be done, and which line asks for it:'
on node-1 'netplan plan -f fleet.yaml'

title 'Do it. Then there is nothing left to do:'
on_briefly node-1 'netplan apply -f fleet.yaml --auto-approve'
on node-1 'netplan plan -f fleet.yaml'

title 'The other machine, and a packet of 1,400 bytes from pod to pod:'
on_briefly node-2 'netplan apply -f fleet.yaml --auto-approve'
reach

title 'Somebody breaks it by hand. It is found, named and healed:'
on node-1 'ip link delete dev vxlan10'
on node-1 'netplan plan -f fleet.yaml --detailed-exitcode' 2
on_briefly node-1 'netplan apply -f fleet.yaml --auto-approve'
reach

title 'And away with it. What remains is what was there before:'
on_briefly node-1 'netplan destroy -f fleet.yaml --auto-approve'
on_briefly node-2 'netplan destroy -f fleet.yaml --auto-approve'
on node-1 'ip -brief address'
if [ "$(state)" != "$before" ]; then
  echo 'demo: this is not as it was before' >&2
  exit 1
fi

title 'Your turn: sh scripts/lab.sh gives you the two machines, examples/ has more networks.'
