#!/bin/sh
# apply-routes.sh BATCH
#
# Reads the routes, adds those of a file for `ip -batch`, and reads them again.
set -eu

ip -j route show
ip -batch "$1"
ip -j route show
