#!/bin/sh
# Plans every node: from its snapshot where there are some, else for what the base branch asked of it.
# Leaves plan.md, plan.xml and the output `changes`.
set -eu

if [ -e snapshots ]; then
  # A node that the pull request adds has none.
  set -- --snapshots snapshots --missing new
else
  # Of a merge commit, as GitHub makes one for a pull request, the first parent is the base.
  git show "${BASE:-HEAD^1}:$NETPLAN_FILE" >base.yaml
  set -- --against base.yaml
fi

code=0
netplan plan --fleet -f "$NETPLAN_FILE" "$@" --detailed-exitcode --format github \
  --report markdown=plan.md --report junit=plan.xml || code=$?
cat plan.md >>"$GITHUB_STEP_SUMMARY"
case $code in
  0) echo changes=false >>"$GITHUB_OUTPUT" ;;
  2) echo changes=true >>"$GITHUB_OUTPUT" ;;
  *) exit $code ;;
esac
