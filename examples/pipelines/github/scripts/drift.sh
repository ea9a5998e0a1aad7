#!/bin/sh
# Opens an issue where nodes differ from their configuration, keeps it up to date, and closes it when they do not.
# Takes CHANGES and plan.md of plan.sh; fails where there is drift, so that the run is red, too.
set -eu
# shellcheck source-path=SCRIPTDIR source=api.sh
. "$(dirname "$0")/api.sh"

request=$(mktemp)
trap 'rm -f "$request"' EXIT
label=netplan-drift
issue=$(first issues '.number' "&state=open&labels=$label")

if [ "$CHANGES" = true ]; then
  jq -Rs --arg name $label \
    '{title: "Nodes differ from their configuration", body: ., labels: [$name]}' plan.md >"$request"
  if [ -n "$issue" ]; then
    api PATCH "issues/$issue" "$request" >/dev/null
  else
    api POST issues "$request" >/dev/null
  fi
  echo '::error::nodes differ from their configuration'
  exit 2
fi
if [ -n "$issue" ]; then
  echo '{"state": "closed", "state_reason": "completed"}' >"$request"
  api PATCH "issues/$issue" "$request" >/dev/null
fi
