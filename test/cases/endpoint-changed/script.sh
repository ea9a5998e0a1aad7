#!/bin/sh
set -eu
iptables-nft-restore --noflush -w 5 <<'end'
*nat
:NP111-SVC-U3NNFVGZVZDRWGCP - [0:0]
-A NP111-SVC-U3NNFVGZVZDRWGCP ! -s 10.244.0.0/16 -d 10.96.0.10/32 -m comment --comment "default/web tcp/80" -j MARK --set-xmark 0x1000/0x1000
-A NP111-SVC-U3NNFVGZVZDRWGCP -p tcp -m statistic --mode nth --every 3 --packet 0 -j DNAT --to-destination 10.244.1.2:8080
-A NP111-SVC-U3NNFVGZVZDRWGCP -p tcp -m statistic --mode nth --every 2 --packet 0 -j DNAT --to-destination 10.244.2.3:8080
-A NP111-SVC-U3NNFVGZVZDRWGCP -p tcp -j DNAT --to-destination 10.244.3.2:8080
COMMIT
end
