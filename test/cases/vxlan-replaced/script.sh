#!/bin/sh
set -eu
ip link delete dev vxlan10
ip link add name vxlan10 group 1852833903 type vxlan id 11 dstport 4789 local 172.18.0.2
ip link set dev vxlan10 master br0
ip link set dev vxlan10 up
ip address replace 10.9.0.1/24 dev vxlan10
ip neighbour replace 10.9.0.9 lladdr 02:00:00:00:02:01 dev vxlan10 nud permanent protocol 111
ip neighbour replace 10.9.0.77 lladdr 02:00:00:00:02:77 dev vxlan10 nud permanent
ip route replace 10.90.0.0/24 via 10.9.0.9 dev vxlan10 table 254 proto 111
ip route replace 10.91.0.0/24 via 10.9.0.77 dev vxlan10 table 254 proto 12
bridge fdb append 00:00:00:00:00:00 dev vxlan10 dst 172.18.0.3 self permanent
