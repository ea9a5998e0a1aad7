#!/bin/sh
# cni-add.sh N BRIDGE-PLUGIN CONFIGURATION
#
# P(N) by the reference plugins of CNI: an ADD for each of the namespaces pod1 ... podN, which are there
# already, as a container runtime makes them.
set -eu
index=0
while [ $index -lt "$1" ]; do
  index=$((index + 1))
  CNI_COMMAND=ADD CNI_CONTAINERID=pod$index CNI_NETNS=/run/netns/pod$index CNI_IFNAME=eth0 \
    CNI_PATH=${2%/*} "$2" <"$3"
done
