#!/bin/sh
# Validates: annotations in the log, SARIF for code scanning, and what is wrong in the summary.
set -eu

code=0
netplan validate -f "$NETPLAN_FILE" --format github \
  --report sarif=validate.sarif --report markdown=validate.md || code=$?
cat validate.md >>"$GITHUB_STEP_SUMMARY"
exit $code
