#!/bin/sh
set -eu
iptables-nft-restore --noflush -w 5 <<'end'
*filter
:NP111-USER-INPUT - [0:0]
-A NP111-USER-INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A NP111-USER-INPUT -i lo -j ACCEPT
-A NP111-USER-INPUT -p icmp -j ACCEPT
-A NP111-USER-INPUT -s 10.0.0.0/8 -p tcp -m tcp --dport 22 -j ACCEPT
-A NP111-USER-INPUT -p tcp -m tcp --dport 80 -j ACCEPT
-A NP111-USER-INPUT -p tcp -m tcp --dport 443 -j ACCEPT
-A NP111-USER-INPUT -p udp -m udp --dport 53 -j ACCEPT
-A NP111-USER-INPUT -p tcp -j REJECT --reject-with tcp-reset
COMMIT
end
