#!/bin/sh
set -eu
ip netns add pod1
ip link add name cni0 group 1852833903 mtu 1451 type bridge
ip link set dev cni0 mtu 1450
ip link set dev cni0 up
ip link add name veth1 group 1852833903 mtu 1450 type veth peer name eth0 group 1852833903 mtu 1450 netns pod1
ip link set dev veth1 master cni0
ip link set dev veth1 up
ip link add name vxlan1 group 1852833903 mtu 1450 type vxlan id 1 dstport 4789 local 198.51.100.2
ip link set dev vxlan1 master cni0
ip link set dev vxlan1 up
ip address replace 10.244.1.1/24 dev cni0
iptables-nft-restore --noflush -w 5 <<'end'
*filter
:NP111-FORWARD - [0:0]
-A NP111-FORWARD -s 10.244.0.0/16 -p tcp -m comment --comment "from pods" -m tcp --dport 80 -j ACCEPT
-I FORWARD 1 -j NP111-FORWARD
COMMIT
*nat
:NP111-MASQUERADE - [0:0]
-A NP111-MASQUERADE -s 10.244.1.0/24 -o eth1 -m comment --comment "to the \"world\"" -j MASQUERADE --random-fully
COMMIT
end
nsenter --net=/run/netns/pod1 -- ip link set dev lo up
nsenter --net=/run/netns/pod1 -- ip link set dev eth0 up
bridge fdb append 00:00:00:00:00:00 dev vxlan1 dst 198.51.100.3 self permanent
