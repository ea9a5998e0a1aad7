#!/bin/sh
# Installs netplan from the package that lies in the repository, and the programs that it and the other scripts use.
set -eu

npm install --global --ignore-scripts --no-audit --no-fund "./$NETPLAN_PACKAGE"
for program in ip iptables conntrack ping sysctl ssh; do
  command -v $program >/dev/null && continue
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends iproute2 iptables conntrack iputils-ping procps openssh-client
  break
done
