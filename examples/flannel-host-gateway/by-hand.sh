#!/bin/sh
# What fleet.yaml replaces: what flannel (host-gw) and its bridge do on each node, with the two rules that a FORWARD
# chain needs whose policy is DROP.
# `node-1 COMMAND` runs a command on that machine: in scripts/lab.sh as it stands, elsewhere by ssh.
# What is marked as given, it has from Kubernetes: namespaces, and a node that forwards.
set -eu

node-1 sh -e <<'end'
sysctl -qw net.ipv4.ip_forward=1 # given
# flannel
ip route add 10.244.1.0/24 via 172.18.0.3 dev eth0
ip route add 10.244.2.0/24 via 172.18.0.4 dev eth0
iptables -A FORWARD -s 10.244.0.0/16 -j ACCEPT
iptables -A FORWARD -d 10.244.0.0/16 -j ACCEPT
# the bridge
ip link add cni0 type bridge
ip link set cni0 up
ip addr add 10.244.0.1/24 dev cni0
end

node-2 sh -e <<'end'
sysctl -qw net.ipv4.ip_forward=1 # given
ip netns add httpd-1 # given
ip -n httpd-1 link set lo up # given
# flannel
ip route add 10.244.0.0/24 via 172.18.0.2 dev eth0
ip route add 10.244.2.0/24 via 172.18.0.4 dev eth0
iptables -A FORWARD -s 10.244.0.0/16 -j ACCEPT
iptables -A FORWARD -d 10.244.0.0/16 -j ACCEPT
# the bridge
ip link add cni0 type bridge
ip link set cni0 up
ip addr add 10.244.1.1/24 dev cni0
# httpd-1
ip link add veth-httpd-1 type veth peer name ceth0
ip link set veth-httpd-1 up
ip link set veth-httpd-1 master cni0
ip link set ceth0 netns httpd-1 name eth0
ip netns exec httpd-1 ip link set eth0 up
ip netns exec httpd-1 ip addr add 10.244.1.2/24 dev eth0
ip netns exec httpd-1 ip route add default via 10.244.1.1 dev eth0
end

node-3 sh -e <<'end'
sysctl -qw net.ipv4.ip_forward=1 # given
ip netns add httpd-2 # given
ip -n httpd-2 link set lo up # given
ip netns add httpd-3 # given
ip -n httpd-3 link set lo up # given
# flannel
ip route add 10.244.0.0/24 via 172.18.0.2 dev eth0
ip route add 10.244.1.0/24 via 172.18.0.3 dev eth0
iptables -A FORWARD -s 10.244.0.0/16 -j ACCEPT
iptables -A FORWARD -d 10.244.0.0/16 -j ACCEPT
# the bridge
ip link add cni0 type bridge
ip link set cni0 up
ip addr add 10.244.2.1/24 dev cni0
# httpd-2
ip link add veth-httpd-2 type veth peer name ceth0
ip link set veth-httpd-2 up
ip link set veth-httpd-2 master cni0
ip link set ceth0 netns httpd-2 name eth0
ip netns exec httpd-2 ip link set eth0 up
ip netns exec httpd-2 ip addr add 10.244.2.2/24 dev eth0
ip netns exec httpd-2 ip route add default via 10.244.2.1 dev eth0
# httpd-3
ip link add veth-httpd-3 type veth peer name ceth0
ip link set veth-httpd-3 up
ip link set veth-httpd-3 master cni0
ip link set ceth0 netns httpd-3 name eth0
ip netns exec httpd-3 ip link set eth0 up
ip netns exec httpd-3 ip addr add 10.244.2.3/24 dev eth0
ip netns exec httpd-3 ip route add default via 10.244.2.1 dev eth0
end
