#!/bin/sh
# What fleet.yaml replaces: what the agent of humanz-cni does on each node, and its plugin for each pod.
# `node-1 COMMAND` runs a command on that machine: in scripts/lab.sh as it stands, elsewhere by ssh.
# What is marked as given, it has from Kubernetes: namespaces, and a node that forwards.
set -eu

node-1 sh -e <<'end'
sysctl -qw net.ipv4.ip_forward=1 # given
ip netns add pod1 # given
ip -n pod1 link set lo up # given
# the agent: routes to the other nodes, and the firewall
ip route add 100.100.1.0/24 via 172.18.0.3
ip route add 100.100.2.0/24 via 172.18.0.4
iptables -t filter -A FORWARD -s 100.100.0.0/24 -j ACCEPT -m comment --comment "ACCEPT src pods network"
iptables -t filter -A FORWARD -d 100.100.0.0/24 -j ACCEPT -m comment --comment "ACCEPT dst pods network"
iptables -t nat -A POSTROUTING -s 100.100.0.0/24 -o eth0 -j MASQUERADE -m comment --comment "Nat from pods to outside"
# the bridge
ip link add humanz-cni0 type bridge
ip link set humanz-cni0 up
ip addr add 100.100.0.1/24 dev humanz-cni0
# pod1
ip link add veth-pod1 type veth peer name ceth0
ip link set veth-pod1 up
ip link set veth-pod1 master humanz-cni0
ip link set ceth0 netns pod1 name eth0
ip netns exec pod1 ip link set eth0 up
ip netns exec pod1 ip addr add 100.100.0.2/24 dev eth0
ip netns exec pod1 ip route add default via 100.100.0.1 dev eth0
end

node-2 sh -e <<'end'
sysctl -qw net.ipv4.ip_forward=1 # given
ip netns add pod2 # given
ip -n pod2 link set lo up # given
# the agent: routes to the other nodes, and the firewall
ip route add 100.100.0.0/24 via 172.18.0.2
ip route add 100.100.2.0/24 via 172.18.0.4
iptables -t filter -A FORWARD -s 100.100.1.0/24 -j ACCEPT -m comment --comment "ACCEPT src pods network"
iptables -t filter -A FORWARD -d 100.100.1.0/24 -j ACCEPT -m comment --comment "ACCEPT dst pods network"
iptables -t nat -A POSTROUTING -s 100.100.1.0/24 -o eth0 -j MASQUERADE -m comment --comment "Nat from pods to outside"
# the bridge
ip link add humanz-cni0 type bridge
ip link set humanz-cni0 up
ip addr add 100.100.1.1/24 dev humanz-cni0
# pod2
ip link add veth-pod2 type veth peer name ceth0
ip link set veth-pod2 up
ip link set veth-pod2 master humanz-cni0
ip link set ceth0 netns pod2 name eth0
ip netns exec pod2 ip link set eth0 up
ip netns exec pod2 ip addr add 100.100.1.2/24 dev eth0
ip netns exec pod2 ip route add default via 100.100.1.1 dev eth0
end

node-3 sh -e <<'end'
sysctl -qw net.ipv4.ip_forward=1 # given
ip netns add pod3 # given
ip -n pod3 link set lo up # given
# the agent: routes to the other nodes, and the firewall
ip route add 100.100.0.0/24 via 172.18.0.2
ip route add 100.100.1.0/24 via 172.18.0.3
iptables -t filter -A FORWARD -s 100.100.2.0/24 -j ACCEPT -m comment --comment "ACCEPT src pods network"
iptables -t filter -A FORWARD -d 100.100.2.0/24 -j ACCEPT -m comment --comment "ACCEPT dst pods network"
iptables -t nat -A POSTROUTING -s 100.100.2.0/24 -o eth0 -j MASQUERADE -m comment --comment "Nat from pods to outside"
# the bridge
ip link add humanz-cni0 type bridge
ip link set humanz-cni0 up
ip addr add 100.100.2.1/24 dev humanz-cni0
# pod3
ip link add veth-pod3 type veth peer name ceth0
ip link set veth-pod3 up
ip link set veth-pod3 master humanz-cni0
ip link set ceth0 netns pod3 name eth0
ip netns exec pod3 ip link set eth0 up
ip netns exec pod3 ip addr add 100.100.2.2/24 dev eth0
ip netns exec pod3 ip route add default via 100.100.2.1 dev eth0
end
