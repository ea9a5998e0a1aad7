#!/bin/sh
set -eu
ip address delete 172.18.0.2/24 dev eth0
ip link add name br0 group 1852833903 type bridge
ip link set dev br0 up
ip link set dev eth1 mtu 1400
ip link set dev eth1 down
ip link set dev eth0 master br0
ip address replace 172.18.0.2/24 dev br0
ip route replace 0.0.0.0/0 via 172.18.0.1 table 254 proto 111
