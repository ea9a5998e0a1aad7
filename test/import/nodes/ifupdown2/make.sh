# What ifupdown2 runs for a bridge with its stanzas, static routes and a policy of its own.
ip link add name eth0 type veth peer name far0
ip link set eth0 up
ip link set far0 up
ip address add 172.18.0.2/24 dev eth0
ip route add default via 172.18.0.1 dev eth0
ip link add name br-lan type bridge
ip link set dev br-lan type bridge stp_state 1 forward_delay 400 ageing_time 12000
ip link set dev br-lan mtu 1400
ip link set dev br-lan up
ip address add 192.168.7.1/24 dev br-lan
ip address add 192.168.8.1/24 dev br-lan
ip address add fd00:7::1/64 dev br-lan nodad
ip -4 route add 10.7.0.0/16 via 192.168.7.9 dev br-lan metric 10
ip -4 route add blackhole 10.8.0.0/16 proto static
ip -6 route add fd00:8::/64 via fd00:7::9 dev br-lan
ip route add 10.9.0.0/16 nexthop via 192.168.7.7 weight 1 nexthop via 192.168.7.8 weight 2
ip rule add priority 200 from 192.168.8.0/24 table 100
ip -6 rule add priority 201 fwmark 0x10/0xff table 100
ip rule add priority 202 iif br-lan ipproto tcp dport 80-90 prohibit
ip route add default via 192.168.8.254 dev br-lan table 100
sysctl -qw net.ipv4.conf.br-lan.rp_filter=2
