#!/bin/sh
# Saves the plan of every node that has something to change, from its snapshot: plans/NODE.plan.
set -eu

umask 077
mkdir -p plans
for node in $NODES; do
  code=0
  netplan plan -f "$NETPLAN_FILE" --state "snapshots/$node.json" --detailed-exitcode --out "plans/$node.plan" || code=$?
  case $code in
    0) rm -f "plans/$node.plan" ;;
    2) ;;
    *) exit $code ;;
  esac
done
