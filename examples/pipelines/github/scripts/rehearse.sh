#!/bin/sh
# Applies to copies of all nodes, joined by a network: as they were in their snapshots, or else, as those that the
# pull request adds, as new ones.
set -eu

set --
if [ -e snapshots ]; then
  set -- --snapshots snapshots --missing new
fi
code=0
# --confirm-within as apply.sh says it: then a lock-out is rolled back, and no reason to refuse.
netplan rehearse --fleet -f "$NETPLAN_FILE" "$@" --confirm-within "${CONFIRM_WITHIN:-60s}" --format github \
  --report markdown=rehearsal.md --report junit=rehearsal.xml || code=$?
cat rehearsal.md >>"$GITHUB_STEP_SUMMARY"
exit $code
