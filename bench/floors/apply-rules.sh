#!/bin/sh
# apply-rules.sh ENGINE SCRIPT
#
# Reads all IPv4 rules, runs a script of iptables-restore, and reads them again. The script is of
# `netplan plan --format script`: one restore with as many chains as nft takes without its time growing with
# their square, and in the order in which it lists them fastest.
set -eu

"iptables-$1-save"
# shellcheck source=/dev/null
. "$2"
"iptables-$1-save"
