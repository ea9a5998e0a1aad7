#!/bin/sh
set -eu
ip netns add pod1
ip link add name br0 group 1852833903 mtu 1451 type bridge forward_delay 400
ip link set dev br0 mtu 1450
ip link set dev br0 type bridge stp_state 1
ip link set dev br0 up
ip route add blackhole 10.99.0.0/16 table 100 proto 111
ip rule add priority 1000 from 10.1.0.0/16 table 100 protocol 111
ip link add name veth0 group 1852833903 type veth peer name eth0 group 1852833903 mtu 1450 address 02:00:00:00:01:02 netns pod1
ip link set dev veth0 master br0
ip link set dev veth0 type bridge_slave hairpin on
ip link set dev veth0 up
ip link add name vxlan10 group 1852833903 mtu 1450 type vxlan id 10 dstport 4789 local 172.18.0.2 nolearning
ip link set dev vxlan10 master br0
ip link set dev vxlan10 up
ip address replace 10.0.1.1/16 dev br0
ip address replace fd00:1::1/64 dev br0
ip neighbour replace 10.0.2.1 lladdr 02:00:00:00:02:01 dev vxlan10 nud permanent protocol 111
ip address replace 10.0.1.254/16 dev br0
ip route add 10.50.0.0/24 dev br0 table 254 proto 111
ip route add 10.70.0.0/16 table 254 proto 111 nexthop via 10.0.1.7 weight 1 nexthop via 10.0.1.8 weight 2
ip route add 10.60.0.0/24 via 10.50.0.9 table 254 proto 111
ip -6 rule add priority 1001 from all iif br0 prohibit protocol 111
sysctl -qw net/ipv4/ip_forward=1
sysctl -qw net/ipv4/conf/br0/rp_filter=2
nsenter --net=/run/netns/pod1 -- ip link set dev lo up
nsenter --net=/run/netns/pod1 -- ip link set dev eth0 up
nsenter --net=/run/netns/pod1 -- ip address replace 10.0.1.2/16 dev eth0
nsenter --net=/run/netns/pod1 -- ip route add 0.0.0.0/0 via 10.0.1.1 dev eth0 table 254 proto 111 mtu 1400
nsenter --net=/run/netns/pod1 -- sysctl -qw net/ipv4/ip_forward=1
bridge fdb append 00:00:00:00:00:00 dev vxlan10 dst 172.18.0.3 self permanent
bridge fdb append 00:00:00:00:00:00 dev vxlan10 dst 172.18.0.4 self permanent
bridge fdb replace 02:00:00:00:02:01 dev vxlan10 dst 172.18.0.3 self permanent
