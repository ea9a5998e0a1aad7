#!/bin/sh
set -eu
ip link set dev cni0 group 1852833903
ip route replace 10.245.0.0/24 via 10.244.0.9 table 254 proto 111
ip rule add priority 1500 from 10.244.0.0/24 table 77 protocol 111
ip rule delete priority 1500 from 10.244.0.0/24 table 77
