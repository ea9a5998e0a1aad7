#!/bin/sh
# Reads every node into snapshots/NODE.json. It changes nothing there.
set -eu

umask 077
mkdir -p snapshots
for node in $NODES; do
  # shellcheck disable=SC2086 # a command with its arguments
  $NETPLAN_SSH "$node" "netplan show -f - --node $node --snapshot -" \
    <"$NETPLAN_FILE" >"snapshots/$node.new"
  mv "snapshots/$node.new" "snapshots/$node.json"
done
