#!/bin/sh
set -eu
iptables-nft-restore --noflush -w 5 <<'end'
*filter
-D FORWARD -m conntrack --ctstate NEW -j NP111-REFUSE
-D FORWARD -j NP111-ACCEPT
-I FORWARD 1 -j NP111-ACCEPT
-I FORWARD 1 -m conntrack --ctstate NEW -j NP111-REFUSE
COMMIT
*nat
-I OUTPUT 1 -j NP111-SERVICES
-D PREROUTING -j NP111-SERVICES
-D PREROUTING -j NP111-SERVICES
-I PREROUTING 1 -j NP111-SERVICES
COMMIT
end
