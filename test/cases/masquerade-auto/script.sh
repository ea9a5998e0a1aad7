#!/bin/sh
set -eu
iptables-nft-restore --noflush -w 5 <<'end'
*nat
:NP111-MASQUERADE - [0:0]
-A NP111-MASQUERADE -s 10.244.1.0/24 ! -d 10.244.0.0/16 -o eth1 -j MASQUERADE --random-fully
COMMIT
end
