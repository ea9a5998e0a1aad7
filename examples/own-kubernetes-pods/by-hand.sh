#!/bin/sh
# What fleet.yaml replaces, command by command as "Build own Kubernetes" has it. 
# `node-1 COMMAND` runs a command on that machine: in scripts/lab.sh as it stands, elsewhere by ssh.
# What is marked as given, the article has from containerd: the namespaces of its pods.
set -eu

node-1 sh -e <<'end'
ip netns add pod1 # given
ip -n pod1 link set lo up # given
ip netns add pod2 # given
ip -n pod2 link set lo up # given
# pod1
ip link add veth0 type veth peer name ceth0
ip link set veth0 up
ip link set ceth0 netns /run/netns/pod1
nsenter --net=/run/netns/pod1 ip link set ceth0 up
nsenter --net=/run/netns/pod1 ip addr add 10.0.1.2/16 dev ceth0
# pod2
ip link add veth1 type veth peer name ceth1
ip link set veth1 up
ip link set ceth1 netns /run/netns/pod2
nsenter --net=/run/netns/pod2 ip link set ceth1 up
nsenter --net=/run/netns/pod2 ip addr add 10.0.1.3/16 dev ceth1
# the bridge
ip link add br0 type bridge
ip link set br0 up
ip addr add 10.0.1.1/16 dev br0
ip link set veth0 master br0
ip link set veth1 master br0
# default routes of the pods
nsenter --net=/run/netns/pod1 ip route add default via 10.0.1.1
nsenter --net=/run/netns/pod2 ip route add default via 10.0.1.1
# the vxlan
ip link add vxlan10 type vxlan id 10 group 239.1.1.1 dstport 0 dev eth0
ip link set vxlan10 master br0
ip link set vxlan10 up
end

node-2 sh -e <<'end'
ip netns add pod3 # given
ip -n pod3 link set lo up # given
ip netns add pod4 # given
ip -n pod4 link set lo up # given
# pod3
ip link add veth0 type veth peer name ceth0
ip link set veth0 up
ip link set ceth0 netns /run/netns/pod3
nsenter --net=/run/netns/pod3 ip link set ceth0 up
nsenter --net=/run/netns/pod3 ip addr add 10.0.2.2/16 dev ceth0
# pod4
ip link add veth1 type veth peer name ceth1
ip link set veth1 up
ip link set ceth1 netns /run/netns/pod4
nsenter --net=/run/netns/pod4 ip link set ceth1 up
nsenter --net=/run/netns/pod4 ip addr add 10.0.2.3/16 dev ceth1
# the bridge
ip link add br0 type bridge
ip link set br0 up
ip addr add 10.0.2.1/16 dev br0
ip link set veth0 master br0
ip link set veth1 master br0
# default routes of the pods
nsenter --net=/run/netns/pod3 ip route add default via 10.0.2.1
nsenter --net=/run/netns/pod4 ip route add default via 10.0.2.1
# the vxlan
ip link add vxlan10 type vxlan id 10 group 239.1.1.1 dstport 0 dev eth0
ip link set vxlan10 master br0
ip link set vxlan10 up
end
