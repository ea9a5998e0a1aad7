# Routes, rules and neighbours with what no file has a key for.
ip link add name eth0 type veth peer name far0
ip link set eth0 up
ip link set far0 up
ip address add 192.0.2.10/24 dev eth0
ip route add 10.1.0.0/16 via 192.0.2.1 initcwnd 10 rtt 10ms
ip route add 10.2.0.0/16 dev eth0 congctl cubic quickack 1
ip route append 10.2.0.0/16 via 192.0.2.3
ip route add 10.3.0.0/16 via 192.0.2.1 features ecn realm 3/7
ip route add throw 10.4.0.0/16 table 77
ip route add 10.5.0.0/16 dev eth0 tos 0x10
ip route add 10.5.0.0/16 via 192.0.2.1
ip route add 10.6.0.0/16 dev eth0 scope global
ip nexthop add id 5 via 192.0.2.1 dev eth0
ip nexthop add id 6 blackhole
ip nexthop add id 7 group 5
ip route add 10.20.0.0/16 nhid 5
ip route add 10.21.0.0/16 nhid 6
ip route add 10.22.0.0/16 nhid 7
ip route add 10.23.0.0/16 encap ip6 id 7 dst fc00::1 dev eth0
ip route add 10.24.0.0/16 nexthop via 192.0.2.1 dev eth0 realm 4 nexthop via 192.0.2.2 dev eth0
ip -6 route add 2001:db8:a::/48 via fe80::1 dev eth0 pref high hoplimit 7
ip -6 route add 2001:db8:b::/48 from 2001:db8::/64 via fe80::1 dev eth0
ip -6 route add 2001:db8:c::/48 via fe80::1 dev eth0 expires 3000
ip rule add priority 100 from 10.0.0.0/8 table 77
ip rule add priority 100 from 10.0.0.0/8 table 77 protocol 186
ip rule add priority 101 from 10.0.0.0/8 table 77 protocol 186
ip rule add priority 101 from 10.0.0.0/8 table 77
ip rule add priority 102 from 10.0.0.0/8 tos 0x10 table 77
ip rule add priority 103 goto 32766
ip rule add priority 104 from 10.0.0.0/8 uidrange 0-0 table 77
ip rule add priority 105 nop
ip rule add priority 106 from 10.0.0.0/8 table 77 realms 3/4
ip rule add priority 107 from 10.0.0.0/8 table 77 suppress_ifgroup 5
ip rule add priority 108 l3mdev
ip rule add priority 109 tun_id 7 table 77
ip neighbour add 192.0.2.80 lladdr 02:00:00:00:00:01 dev eth0 nud permanent extern_learn
ip neighbour add 192.0.2.81 lladdr 02:00:00:00:00:01 dev eth0 nud permanent router
ip -6 neighbour add proxy 2001:db8::5 dev eth0 router
