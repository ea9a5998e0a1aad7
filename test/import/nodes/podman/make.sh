# The plugins bridge, firewall and portmap of CNI with host-local addresses, as podman's default network has them.
ip link add name eth0 type veth peer name far0
ip link set eth0 up
ip link set far0 up
ip address add 172.18.0.2/24 dev eth0
ip route add default via 172.18.0.1 dev eth0
sysctl -qw net.ipv4.ip_forward=1
ip netns add POD
ip -n POD link set lo up
ip link add name cni-podman0 type bridge
ip link set cni-podman0 up
ip link add veth1 type veth peer name tmp0
ip link set tmp0 netns POD name eth0
ip link set veth1 master cni-podman0
bridge link set dev veth1 hairpin on
ip link set veth1 up
ip -n POD link set eth0 up
ip -n POD address add 10.88.0.5/16 broadcast 10.88.255.255 dev eth0
ip -n POD route add default via 10.88.0.1 dev eth0
ip address add 10.88.0.1/16 broadcast 10.88.255.255 dev cni-podman0
iptables -t nat -N CNI-4a9d1e
iptables -t nat -A CNI-4a9d1e -d 10.88.0.0/16 -m comment --comment 'name: "podman" id: "1"' -j ACCEPT
iptables -t nat -A CNI-4a9d1e ! -d 224.0.0.0/4 -m comment --comment 'name: "podman" id: "1"' -j MASQUERADE
iptables -t nat -A POSTROUTING -s 10.88.0.5/32 -m comment --comment 'name: "podman" id: "1"' -j CNI-4a9d1e
iptables -N CNI-FORWARD
iptables -N CNI-ADMIN
iptables -A FORWARD -m comment --comment "CNI firewall plugin rules" -j CNI-FORWARD
iptables -A CNI-FORWARD -m comment --comment "CNI firewall plugin admin overrides" -j CNI-ADMIN
iptables -A CNI-FORWARD -d 10.88.0.5/32 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
iptables -A CNI-FORWARD -s 10.88.0.5/32 -j ACCEPT
