#!/bin/sh
# apply-pods.sh FOLDER
#
# Looks at the machine, makes what pods-batches.sh has written, and looks again.
set -eu
here=${0%/*}

# shellcheck source=bench/floors/read.sh
. "$here/read.sh"
ip -batch "$1/node"
for file in "$1"/pods/*; do
  ip -n "${file##*/}" -batch "$file"
done
# shellcheck source=bench/floors/read.sh
. "$here/read.sh"
