#!/bin/sh
# fetch.sh REPOSITORY BRANCH
#
# Brings the newest commit of a branch to $STATE_DIRECTORY/COMMIT, and lets the link `current` lead there: whoever reads through
# it has all of one commit, or all of another. Where the repository is away, everything stays.
set -eu

repository=$1
branch=$2
cd "${STATE_DIRECTORY:?}"

[ -d repository.git ] || git init --quiet --bare repository.git
git -C repository.git fetch --quiet --depth 1 "$repository" "refs/heads/$branch"
commit=$(git -C repository.git rev-parse FETCH_HEAD)
[ "$(readlink current || :)" != "$commit" ] || exit 0

rm -rf new
mkdir new
# In two steps: sh has no way to see that the first of a pipe failed.
git -C repository.git archive --output="$PWD/new.tar" "$commit"
tar -x -f new.tar -C new
rm -rf "$commit"
mv new "$commit"
rm new.tar
ln -s "$commit" new
mv -T new current
echo "at $commit"

for other in ????????????????????????????????????????; do
  [ "$other" = "$commit" ] || rm -rf "$other"
done
