#!/bin/sh
set -eu
ip address delete 10.0.1.1/16 dev br0
ip address delete 10.7.0.1/24 dev br0
ip address delete 10.8.0.2/24 dev br0
ip address replace 10.0.1.1/24 dev br0
ip address replace 10.7.0.1/24 dev br1
ip address replace 10.8.0.1/24 dev br0
ip route replace 10.50.0.0/24 via 10.0.1.9 table 254 proto 111
