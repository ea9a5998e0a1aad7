# Docker, a routing daemon, DHCP and an administrator on one node.
ip link add name eth0 type veth peer name far0
ip link set eth0 up
ip link set far0 up
ip address add 172.18.0.2/24 dev eth0
ip route add default via 172.18.0.1 dev eth0
ip route add 10.20.0.0/16 via 172.18.0.9 proto bird
ip route add 10.21.0.0/16 via 172.18.0.9 proto dhcp
ip route add 10.22.0.0/16 via 172.18.0.9 initcwnd 20
ip route add local 10.23.0.0/16 dev lo
ip rule add priority 300 from 10.24.0.0/16 goto 32766
ip address add 10.25.0.1/24 dev eth0 valid_lft 3000 preferred_lft 2000
ip address add 10.26.0.1 peer 10.26.0.2 dev eth0
iptables -P FORWARD DROP
iptables -N DOCKER-USER
iptables -A FORWARD -j DOCKER-USER
iptables -A FORWARD -i docker0 ! -o docker0 -j ACCEPT
iptables -A FORWARD -p tcp -d 10.30.0.0/16 --dport 80:90 -j ACCEPT
iptables -t nat -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
iptables -A INPUT -m set --match-set none src -j DROP 2>/dev/null || :
iptables -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu
