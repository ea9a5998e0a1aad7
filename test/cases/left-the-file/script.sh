#!/bin/sh
set -eu
sysctl -qw net/ipv4/ip_forward=0
ip link delete dev veth0
ip link delete dev vxlan10
ip address delete fd00:1::1/64 dev br0
ip route delete 10.60.0.0/24 via 10.50.0.9 dev br0 table 254 proto 111
ip route delete 10.70.0.0/16 table 254 proto 111
ip route delete blackhole 10.99.0.0/16 table 100 proto 111
ip rule delete priority 1000 from 10.1.0.0/16 table 100 protocol 111
ip route delete 10.50.0.0/24 dev br0 table 254 proto 111
ip address delete 10.0.1.254/16 dev br0
ip -6 rule delete priority 1001 from all iif br0 prohibit protocol 111
