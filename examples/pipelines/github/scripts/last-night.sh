#!/bin/sh
# Fetches the snapshots that the last nightly run took. Where there are none, it goes on without.
set -eu

run=$(gh run list --repo "$GITHUB_REPOSITORY" --workflow netplan.yml --event schedule --status completed \
  --limit 1 --json databaseId --jq '.[].databaseId')
if [ -z "$run" ] || ! gh run download "$run" --repo "$GITHUB_REPOSITORY" --name snapshots --dir snapshots; then
  rm -rf snapshots
  echo '::notice::no snapshots of a nightly run: planning against the base branch'
fi
