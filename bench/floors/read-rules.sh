#!/bin/sh
# read-rules.sh ENGINE
#
# Reads all IPv4 rules of an engine of iptables: nft or legacy.
set -eu

exec "iptables-$1-save"
