#!/bin/sh
# plan-small.sh [KERNEL-PARAMETER...]
#
# Starts Node for nothing, and reads what a plan of a small node has to know: all that read.sh reads, the
# rules of iptables in both families, and kernel parameters.
set -eu
here=${0%/*}

node -e 0
# shellcheck source=bench/floors/read.sh
. "$here/read.sh"
iptables-nft-save
ip6tables-nft-save
sysctl -n "$@"
