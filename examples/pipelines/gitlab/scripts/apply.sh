#!/bin/sh
# Carries out the saved plans, node by node. Each is kept only if the node can still be reached for `confirm`, else it
# goes back by itself. The first that fails ends it: those behind it stay as they are.
set -eu

# shellcheck disable=SC2086 # a command with its arguments
on() { $NETPLAN_SSH "$@"; }

carry_out() {
  said=$(on "$1" "netplan apply - --auto-approve --confirm-within ${CONFIRM_WITHIN:-60s}" <"plans/$1.plan") || return $?
  printf '%s\n' "$said"
  # A plan that was carried out before, by a run that stopped at another node, waits for nobody.
  case $said in
    *'netplan confirm'*) on "$1" 'netplan confirm' </dev/null ;;
  esac
}

for node in $NODES; do
  [ -e "plans/$node.plan" ] || continue
  echo "$node:"
  code=0
  carry_out "$node" || code=$?
  case $code in
    0) continue ;;
    6) why='it has changed since the plan was made; run this pipeline again for a new one' ;;
    *) why="exit code $code" ;;
  esac
  echo "$node: $why; the nodes behind it are untouched" >&2
  exit $code
done
