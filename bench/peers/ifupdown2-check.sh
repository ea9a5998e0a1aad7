#!/bin/sh
# ifupdown2-check.sh FILE
#
# Compares the node with a file of interfaces, and fails where it differs.
set -eu

exec ifquery -a --check -i "$1"
