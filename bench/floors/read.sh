#!/bin/sh
# read.sh
#
# Reads the links, addresses, routes, rules, neighbours and forwarding entries of this machine and of each
# namespace in /run/netns: what a plan of such things has to know, in as few programs as `ip` can be asked
# in. IPv6 rules are one of their own: there is no way to ask for them within a batch. Which namespace a veth
# leads to, this machine tells of all of them.
set -eu
here=${0%/*}

ip -j -N -d -batch "$here/dump.batch"
ip -6 -j -N -d rule show
bridge -j -d fdb show

for file in /run/netns/*; do
  [ -e "$file" ] || continue
  ip -n "${file##*/}" -j -N -d -batch "$here/pod.batch"
  ip -n "${file##*/}" -6 -j -N -d rule show
done
