# Names that YAML, netplan or a shell would misread.
ip link add name yes type bridge
ip link add name '${x}' type bridge
ip link add name 'a#b' type veth peer name 'null'
ip link add name '-' type bridge
ip link add name 'é:'  type bridge 2>/dev/null || :
ip link add name 0x10 type bridge
ip link set dev yes alias '{ evil: true } # ${HOME}'
ip link add name vx1 type vxlan id 7 remote 10.0.0.9 dstport 4789
ip link add name vx2 type vxlan external dstport 4790
ip netns add POD
ip link add name eth0 type veth peer name br0 netns POD
