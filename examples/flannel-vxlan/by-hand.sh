#!/bin/sh
# What fleet.yaml replaces: what flannel (vxlan) and its bridge do on each node.
# `node-1 COMMAND` runs a command on that machine: in scripts/lab.sh as it stands, elsewhere by ssh.
# What is marked as given, it has from Kubernetes: namespaces, and a node that forwards.
set -eu

node-1 sh -e <<'end'
sysctl -qw net.ipv4.ip_forward=1 # given
ip netns add pod1 # given
ip -n pod1 link set lo up # given
# flannel
ip link add flannel.1 address 0a:58:0a:f4:00:00 type vxlan id 1 local 172.18.0.2 dev eth0 dstport 8472 nolearning
ip addr add 10.244.0.0/32 dev flannel.1
ip link set flannel.1 up
ip neigh add 10.244.1.0 lladdr 0a:58:0a:f4:01:00 dev flannel.1 nud permanent
bridge fdb append 0a:58:0a:f4:01:00 dev flannel.1 dst 172.18.0.3
ip route add 10.244.1.0/24 via 10.244.1.0 dev flannel.1 onlink
ip neigh add 10.244.2.0 lladdr 0a:58:0a:f4:02:00 dev flannel.1 nud permanent
bridge fdb append 0a:58:0a:f4:02:00 dev flannel.1 dst 172.18.0.4
ip route add 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink
iptables -A FORWARD -s 10.244.0.0/16 -j ACCEPT
iptables -A FORWARD -d 10.244.0.0/16 -j ACCEPT
iptables -t nat -A POSTROUTING -s 10.244.0.0/24 ! -d 10.244.0.0/16 -j MASQUERADE --random-fully
# the bridge
ip link add cni0 mtu 1450 type bridge
ip link set cni0 up
ip addr add 10.244.0.1/24 dev cni0
# pod1
ip link add veth-pod1 mtu 1450 type veth peer name ceth0 mtu 1450
ip link set veth-pod1 up
ip link set veth-pod1 master cni0
ip link set ceth0 netns pod1 name eth0
ip netns exec pod1 ip link set eth0 up
ip netns exec pod1 ip addr add 10.244.0.2/24 dev eth0
ip netns exec pod1 ip route add default via 10.244.0.1 dev eth0
end

node-2 sh -e <<'end'
sysctl -qw net.ipv4.ip_forward=1 # given
ip netns add pod2 # given
ip -n pod2 link set lo up # given
# flannel
ip link add flannel.1 address 0a:58:0a:f4:01:00 type vxlan id 1 local 172.18.0.3 dev eth0 dstport 8472 nolearning
ip addr add 10.244.1.0/32 dev flannel.1
ip link set flannel.1 up
ip neigh add 10.244.0.0 lladdr 0a:58:0a:f4:00:00 dev flannel.1 nud permanent
bridge fdb append 0a:58:0a:f4:00:00 dev flannel.1 dst 172.18.0.2
ip route add 10.244.0.0/24 via 10.244.0.0 dev flannel.1 onlink
ip neigh add 10.244.2.0 lladdr 0a:58:0a:f4:02:00 dev flannel.1 nud permanent
bridge fdb append 0a:58:0a:f4:02:00 dev flannel.1 dst 172.18.0.4
ip route add 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink
iptables -A FORWARD -s 10.244.0.0/16 -j ACCEPT
iptables -A FORWARD -d 10.244.0.0/16 -j ACCEPT
iptables -t nat -A POSTROUTING -s 10.244.1.0/24 ! -d 10.244.0.0/16 -j MASQUERADE --random-fully
# the bridge
ip link add cni0 mtu 1450 type bridge
ip link set cni0 up
ip addr add 10.244.1.1/24 dev cni0
# pod2
ip link add veth-pod2 mtu 1450 type veth peer name ceth0 mtu 1450
ip link set veth-pod2 up
ip link set veth-pod2 master cni0
ip link set ceth0 netns pod2 name eth0
ip netns exec pod2 ip link set eth0 up
ip netns exec pod2 ip addr add 10.244.1.2/24 dev eth0
ip netns exec pod2 ip route add default via 10.244.1.1 dev eth0
end

node-3 sh -e <<'end'
sysctl -qw net.ipv4.ip_forward=1 # given
ip netns add pod3 # given
ip -n pod3 link set lo up # given
# flannel
ip link add flannel.1 address 0a:58:0a:f4:02:00 type vxlan id 1 local 172.18.0.4 dev eth0 dstport 8472 nolearning
ip addr add 10.244.2.0/32 dev flannel.1
ip link set flannel.1 up
ip neigh add 10.244.0.0 lladdr 0a:58:0a:f4:00:00 dev flannel.1 nud permanent
bridge fdb append 0a:58:0a:f4:00:00 dev flannel.1 dst 172.18.0.2
ip route add 10.244.0.0/24 via 10.244.0.0 dev flannel.1 onlink
ip neigh add 10.244.1.0 lladdr 0a:58:0a:f4:01:00 dev flannel.1 nud permanent
bridge fdb append 0a:58:0a:f4:01:00 dev flannel.1 dst 172.18.0.3
ip route add 10.244.1.0/24 via 10.244.1.0 dev flannel.1 onlink
iptables -A FORWARD -s 10.244.0.0/16 -j ACCEPT
iptables -A FORWARD -d 10.244.0.0/16 -j ACCEPT
iptables -t nat -A POSTROUTING -s 10.244.2.0/24 ! -d 10.244.0.0/16 -j MASQUERADE --random-fully
# the bridge
ip link add cni0 mtu 1450 type bridge
ip link set cni0 up
ip addr add 10.244.2.1/24 dev cni0
# pod3
ip link add veth-pod3 mtu 1450 type veth peer name ceth0 mtu 1450
ip link set veth-pod3 up
ip link set veth-pod3 master cni0
ip link set ceth0 netns pod3 name eth0
ip netns exec pod3 ip link set eth0 up
ip netns exec pod3 ip addr add 10.244.2.2/24 dev eth0
ip netns exec pod3 ip route add default via 10.244.2.1 dev eth0
end
