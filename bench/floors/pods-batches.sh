#!/bin/sh
# pods-batches.sh N FOLDER
#
# Writes P(N) into a folder, as one would by hand for `ip -batch`: a bridge, and N namespaces with an
# address and a default route each, behind a veth whose other end is a port of the bridge. A file for the
# node itself, and one for each namespace. Ends of veths are made where they belong: to move one takes 20 ms.
set -eu
count=$1
folder=$2

mkdir -p "$folder/pods"
{
  echo 'link add name br0 up type bridge'
  echo 'addr add 10.1.255.254/16 dev br0'
  index=0
  while [ $index -lt "$count" ]; do
    index=$((index + 1))
    echo "netns add pod$index"
    echo "link add name veth$index up master br0 type veth peer name eth0 netns pod$index"
    {
      echo 'link set dev lo up'
      echo 'link set dev eth0 up'
      echo "addr add 10.1.$((index >> 8)).$((index & 255))/16 dev eth0"
      echo 'route add default via 10.1.255.254'
    } >"$folder/pods/pod$index"
  done
} >"$folder/node"
