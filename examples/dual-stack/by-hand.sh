#!/bin/sh
# What fleet.yaml replaces, on each node.
# `node-1 COMMAND` runs a command on that machine: in scripts/lab.sh as it stands, elsewhere by ssh.
# What is marked as given is there before: namespaces, and a node that forwards.
set -eu

node-1 sh -e <<'end'
sysctl -qw net.ipv6.conf.all.forwarding=1 # given
sysctl -qw net.ipv4.ip_forward=1 # given
ip netns add pod1 # given
ip -n pod1 link set lo up # given
ip netns add pod2 # given
ip -n pod2 link set lo up # given
ip route add 10.244.3.0/24 via 172.18.0.3
ip route add fd00:244:0:3::/64 via fd00:18::3
iptables -A FORWARD -s 10.244.0.0/16 -j ACCEPT
iptables -A FORWARD -d 10.244.0.0/16 -j ACCEPT
ip6tables -A FORWARD -s fd00:244::/48 -j ACCEPT
ip6tables -A FORWARD -d fd00:244::/48 -j ACCEPT
iptables -t nat -A POSTROUTING -s 10.244.2.0/24 ! -d 10.244.0.0/16 -j MASQUERADE
ip6tables -t nat -A POSTROUTING -s fd00:244:0:2::/64 ! -d fd00:244::/48 -j MASQUERADE
# the bridge
ip link add cni0 type bridge
ip link set cni0 up
ip addr add 10.244.2.1/24 dev cni0
ip addr add fd00:244:0:2::1/64 dev cni0 nodad
# pod1
ip link add veth-pod1 type veth peer name ceth0
ip link set veth-pod1 up
ip link set veth-pod1 master cni0
ip link set ceth0 netns pod1 name eth0
ip netns exec pod1 ip link set eth0 up
ip netns exec pod1 ip addr add 10.244.2.2/24 dev eth0
ip netns exec pod1 ip addr add fd00:244:0:2::2/64 dev eth0 nodad
ip netns exec pod1 ip route add default via 10.244.2.1 dev eth0
ip netns exec pod1 ip route add default via fd00:244:0:2::1 dev eth0
# pod2
ip link add veth-pod2 type veth peer name ceth0
ip link set veth-pod2 up
ip link set veth-pod2 master cni0
ip link set ceth0 netns pod2 name eth0
ip netns exec pod2 ip link set eth0 up
ip netns exec pod2 ip addr add 10.244.2.3/24 dev eth0
ip netns exec pod2 ip addr add fd00:244:0:2::3/64 dev eth0 nodad
ip netns exec pod2 ip route add default via 10.244.2.1 dev eth0
ip netns exec pod2 ip route add default via fd00:244:0:2::1 dev eth0
end

node-2 sh -e <<'end'
sysctl -qw net.ipv6.conf.all.forwarding=1 # given
sysctl -qw net.ipv4.ip_forward=1 # given
ip netns add pod3 # given
ip -n pod3 link set lo up # given
ip netns add pod4 # given
ip -n pod4 link set lo up # given
ip route add 10.244.2.0/24 via 172.18.0.2
ip route add fd00:244:0:2::/64 via fd00:18::2
iptables -A FORWARD -s 10.244.0.0/16 -j ACCEPT
iptables -A FORWARD -d 10.244.0.0/16 -j ACCEPT
ip6tables -A FORWARD -s fd00:244::/48 -j ACCEPT
ip6tables -A FORWARD -d fd00:244::/48 -j ACCEPT
iptables -t nat -A POSTROUTING -s 10.244.3.0/24 ! -d 10.244.0.0/16 -j MASQUERADE
ip6tables -t nat -A POSTROUTING -s fd00:244:0:3::/64 ! -d fd00:244::/48 -j MASQUERADE
# the bridge
ip link add cni0 type bridge
ip link set cni0 up
ip addr add 10.244.3.1/24 dev cni0
ip addr add fd00:244:0:3::1/64 dev cni0 nodad
# pod3
ip link add veth-pod3 type veth peer name ceth0
ip link set veth-pod3 up
ip link set veth-pod3 master cni0
ip link set ceth0 netns pod3 name eth0
ip netns exec pod3 ip link set eth0 up
ip netns exec pod3 ip addr add 10.244.3.2/24 dev eth0
ip netns exec pod3 ip addr add fd00:244:0:3::2/64 dev eth0 nodad
ip netns exec pod3 ip route add default via 10.244.3.1 dev eth0
ip netns exec pod3 ip route add default via fd00:244:0:3::1 dev eth0
# pod4
ip link add veth-pod4 type veth peer name ceth0
ip link set veth-pod4 up
ip link set veth-pod4 master cni0
ip link set ceth0 netns pod4 name eth0
ip netns exec pod4 ip link set eth0 up
ip netns exec pod4 ip addr add 10.244.3.3/24 dev eth0
ip netns exec pod4 ip addr add fd00:244:0:3::3/64 dev eth0 nodad
ip netns exec pod4 ip route add default via 10.244.3.1 dev eth0
ip netns exec pod4 ip route add default via fd00:244:0:3::1 dev eth0
end
