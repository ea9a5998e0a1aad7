#!/bin/sh
# Saves the plan of every node that has something to change, from its snapshot, for apply.sh to carry out.
# Leaves plans/NODE.plan and the output `changes`; who approves sees all of them in the summary.
set -eu

umask 077
mkdir -p plans
changes=false
for node in $NODES; do
  code=0
  netplan plan -f "$NETPLAN_FILE" --state "snapshots/$node.json" --detailed-exitcode \
    --out "plans/$node.plan" --report markdown=plan.md || code=$?
  cat plan.md >>"$GITHUB_STEP_SUMMARY"
  case $code in
    0) rm -f "plans/$node.plan" ;;
    2) changes=true ;;
    *) exit $code ;;
  esac
done
echo "changes=$changes" >>"$GITHUB_OUTPUT"
