#!/bin/sh
set -eu
ip route add 10.96.0.0/16 dev lo table 254 proto 111
sysctl -qw net/ipv4/ip_forward=1
iptables-nft-restore --noflush -w 5 <<'end'
*filter
:NP111-SVC-35X2OQZNYGA73C3H - [0:0]
:NP111-REJECT - [0:0]
:NP111-ACCEPT - [0:0]
:NP111-REFUSE-PORTS - [0:0]
:NP111-REFUSE - [0:0]
-A NP111-SVC-35X2OQZNYGA73C3H -m comment --comment "default/nobody tcp/80"
-A NP111-REJECT -p tcp -j REJECT --reject-with tcp-reset
-A NP111-REJECT -j REJECT --reject-with icmp-port-unreachable
-A NP111-ACCEPT -m mark --mark 0x1000/0x1000 -j ACCEPT
-A NP111-ACCEPT -d 10.244.0.0/16 -m conntrack --ctstate DNAT -j ACCEPT
-A NP111-ACCEPT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A NP111-REFUSE-PORTS -p tcp -m tcp --dport 30099 -g NP111-REJECT
-A NP111-REFUSE -d 10.96.0.0/16 -g NP111-REJECT
-A NP111-REFUSE ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j NP111-REFUSE-PORTS
-I FORWARD 1 -j NP111-ACCEPT
-I FORWARD 1 -m conntrack --ctstate NEW -j NP111-REFUSE
-I INPUT 1 -m conntrack --ctstate NEW -j NP111-REFUSE
-I OUTPUT 1 -m conntrack --ctstate NEW -j NP111-REFUSE
COMMIT
*nat
:NP111-SVL-MFRBMVZZT6GGTFUD - [0:0]
:NP111-SVC-U3NNFVGZVZDRWGCP - [0:0]
:NP111-SVC-MFRBMVZZT6GGTFUD - [0:0]
:NP111-SVC-EW6CEKJYFQVJISDQ - [0:0]
:NP111-SNAT - [0:0]
:NP111-HAIRPIN - [0:0]
:NP111-EXT-U3NNFVGZVZDRWGCP - [0:0]
:NP111-EXT-MFRBMVZZT6GGTFUD - [0:0]
:NP111-POSTROUTING - [0:0]
:NP111-VIPS - [0:0]
:NP111-NODEPORTS - [0:0]
:NP111-SERVICES - [0:0]
-A NP111-SVL-MFRBMVZZT6GGTFUD -p tcp -m comment --comment "default/shop tcp/443" -m recent --update --seconds 10800 --reap --name NP111-R-G6DIHJXQO6ZDESI5 --mask 255.255.255.255 --rsource -j DNAT --to-destination 10.244.1.3:443
-A NP111-SVL-MFRBMVZZT6GGTFUD -p tcp -m recent --set --name NP111-R-G6DIHJXQO6ZDESI5 --mask 255.255.255.255 --rsource -j DNAT --to-destination 10.244.1.3:443
-A NP111-SVC-U3NNFVGZVZDRWGCP ! -s 10.244.0.0/16 -d 10.96.0.10/32 -m comment --comment "default/web tcp/80" -j MARK --set-xmark 0x1000/0x1000
-A NP111-SVC-U3NNFVGZVZDRWGCP -p tcp -m statistic --mode nth --every 3 --packet 0 -j DNAT --to-destination 10.244.1.2:8080
-A NP111-SVC-U3NNFVGZVZDRWGCP -p tcp -m statistic --mode nth --every 2 --packet 0 -j DNAT --to-destination 10.244.2.2:8080
-A NP111-SVC-U3NNFVGZVZDRWGCP -p tcp -j DNAT --to-destination 10.244.2.3:8080
-A NP111-SVC-MFRBMVZZT6GGTFUD ! -s 10.244.0.0/16 -d 10.96.3.7/32 -m comment --comment "default/shop tcp/443" -j MARK --set-xmark 0x1000/0x1000
-A NP111-SVC-MFRBMVZZT6GGTFUD -p tcp -m recent --update --seconds 10800 --reap --name NP111-R-QMCXSGAOZWWXDSYN --mask 255.255.255.255 --rsource -j DNAT --to-destination 10.244.1.3:443
-A NP111-SVC-MFRBMVZZT6GGTFUD -p tcp -m recent --update --seconds 10800 --reap --name NP111-R-IN6EPGJIGIQCL7YI --mask 255.255.255.255 --rsource -j DNAT --to-destination 10.244.2.4:443
-A NP111-SVC-MFRBMVZZT6GGTFUD -p tcp -m statistic --mode nth --every 2 --packet 0 -m recent --set --name NP111-R-QMCXSGAOZWWXDSYN --mask 255.255.255.255 --rsource -j DNAT --to-destination 10.244.1.3:443
-A NP111-SVC-MFRBMVZZT6GGTFUD -p tcp -m recent --set --name NP111-R-IN6EPGJIGIQCL7YI --mask 255.255.255.255 --rsource -j DNAT --to-destination 10.244.2.4:443
-A NP111-SVC-EW6CEKJYFQVJISDQ ! -s 10.244.0.0/16 -d 10.96.0.53/32 -m comment --comment "kube-system/dns udp/53" -j MARK --set-xmark 0x1000/0x1000
-A NP111-SVC-EW6CEKJYFQVJISDQ -p udp -j DNAT --to-destination 10.244.1.4:53
-A NP111-SNAT -j MARK --set-xmark 0x1000/0x0
-A NP111-SNAT -j MASQUERADE --random-fully
-A NP111-HAIRPIN -s 10.244.1.2/32 -d 10.244.1.2/32 -j MASQUERADE
-A NP111-HAIRPIN -s 10.244.1.3/32 -d 10.244.1.3/32 -j MASQUERADE
-A NP111-HAIRPIN -s 10.244.1.4/32 -d 10.244.1.4/32 -j MASQUERADE
-A NP111-EXT-U3NNFVGZVZDRWGCP -m comment --comment "default/web tcp/80 node port 30080" -j MARK --set-xmark 0x1000/0x1000
-A NP111-EXT-U3NNFVGZVZDRWGCP -g NP111-SVC-U3NNFVGZVZDRWGCP
-A NP111-EXT-MFRBMVZZT6GGTFUD -s 10.244.0.0/16 -m comment --comment "default/shop tcp/443 node port 30443" -g NP111-SVC-MFRBMVZZT6GGTFUD
-A NP111-EXT-MFRBMVZZT6GGTFUD -m addrtype --src-type LOCAL -j MARK --set-xmark 0x1000/0x1000
-A NP111-EXT-MFRBMVZZT6GGTFUD -m addrtype --src-type LOCAL -g NP111-SVC-MFRBMVZZT6GGTFUD
-A NP111-EXT-MFRBMVZZT6GGTFUD -g NP111-SVL-MFRBMVZZT6GGTFUD
-A NP111-POSTROUTING -m mark --mark 0x1000/0x1000 -g NP111-SNAT
-A NP111-POSTROUTING -m conntrack --ctstate DNAT -j NP111-HAIRPIN
-A NP111-VIPS -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -g NP111-SVC-U3NNFVGZVZDRWGCP
-A NP111-VIPS -d 10.96.0.53/32 -p udp -m udp --dport 53 -g NP111-SVC-EW6CEKJYFQVJISDQ
-A NP111-VIPS -d 10.96.3.7/32 -p tcp -m tcp --dport 443 -g NP111-SVC-MFRBMVZZT6GGTFUD
-A NP111-VIPS -d 192.0.2.10/32 -p tcp -m tcp --dport 80 -g NP111-EXT-U3NNFVGZVZDRWGCP
-A NP111-NODEPORTS -p tcp -m tcp --dport 30080 -g NP111-EXT-U3NNFVGZVZDRWGCP
-A NP111-NODEPORTS -p tcp -m tcp --dport 30443 -g NP111-EXT-MFRBMVZZT6GGTFUD
-I POSTROUTING 1 -j NP111-POSTROUTING
-A NP111-SERVICES -d 10.96.0.0/16 -g NP111-VIPS
-A NP111-SERVICES -d 192.0.2.10/32 -j NP111-VIPS
-A NP111-SERVICES ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j NP111-NODEPORTS
-I OUTPUT 1 -j NP111-SERVICES
-I PREROUTING 1 -j NP111-SERVICES
COMMIT
end
