#!/bin/sh
# plan-routes.sh
#
# Reads the routes of the main table, and parses them.
set -eu

ip -j route show | node -e 'JSON.parse(fs.readFileSync(0))'
