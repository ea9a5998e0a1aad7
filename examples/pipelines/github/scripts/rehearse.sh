#!/bin/sh
# Applies to a copy of every node that there is a snapshot of. All are tried, whatever becomes of one.
set -eu

if ! [ -e snapshots ]; then
  echo '::notice::there are no snapshots, so nothing is rehearsed'
  exit 0
fi

failed=0
for snapshot in snapshots/*.json; do
  node=$(basename "$snapshot" .json)
  code=0
  netplan rehearse --no-color -f "$NETPLAN_FILE" --state "$snapshot" >rehearsal.txt 2>&1 || code=$?
  verdict="Rehearsal of $node: exit code $code"
  {
    echo "<details><summary>$verdict</summary>"
    echo
    echo '````'
    cat rehearsal.txt
    echo '````'
    echo
    echo '</details>'
  } >>"$GITHUB_STEP_SUMMARY"
  if [ "$code" = 0 ]; then
    echo "$verdict"
  else
    echo "::error::$verdict, see the summary"
    failed=1
  fi
done
exit $failed
