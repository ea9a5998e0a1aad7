#!/bin/sh
set -eu
ip link add name br0 group 1852833903 type bridge
ip link set dev br0 up
ip link set dev veth0 master br0
ip link set dev veth0 type bridge_slave hairpin on
ip address replace 10.0.1.1/16 dev br0
ip route add 10.50.0.0/24 via 10.0.1.9 table 254 proto 111
