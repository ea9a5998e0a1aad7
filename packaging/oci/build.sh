#!/bin/sh
# build.sh ROOTFS OUT [TAG]
#
# Makes an image of what `npm run build` has built, without Docker: an OCI layout in the folder OUT, by umoci. As root, or
# wherever umoci may unpack (umoci --rootless).
#
#   ROOTFS  a folder with a system that has Node.js 20.19 or later, iproute2, iptables and procps, as of
#             debootstrap --variant=minbase --include=nodejs,iproute2,iptables,procps,conntrack,iputils-ping trixie ROOTFS
#           For --source kubernetes also, as of
#             npm install --global --prefix ROOTFS/usr @kubernetes/client-node@1.4.0
#   OUT     is made; must not be there
#   TAG     default: the version
#
# To a registry: skopeo copy oci:OUT:TAG docker://registry.example/nodeplan:TAG
set -eu

[ $# -ge 2 ] || {
  sed -n '2,/^$/s/^# \{0,1\}//p' "$0" >&2
  exit 64
}
here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../.." && pwd)
rootfs=$(cd "$1" && pwd)
out=$2
tag=${3:-$(node -p 'require(process.argv[1]).version' "$project/package.json")}

[ -e "$project/dist/netplan.cjs" ] || {
  echo 'build.sh: there is nothing built: npm ci && npm run build' >&2
  exit 1
}
[ ! -e "$out" ] || {
  echo "build.sh: $out is there already" >&2
  exit 1
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The layer of the program alone, as it lies in the image.
layer=$work/layer
program=$layer/usr/lib/nodeplan
mkdir -p "$program/bin" "$program/dist" "$layer/usr/local/bin" "$layer/etc/nodeplan"
install -m 755 "$project/bin/run.cjs" "$program/bin/run.cjs"
install -m 644 "$project/package.json" "$program/package.json"
install -m 644 "$project"/dist/*.cjs "$project/dist/help.json" "$project/dist/licenses.txt" "$program/dist"
cp -r "$project/schemas" "$program/schemas"
for name in netplan nodeplan; do
  ln -s ../../lib/nodeplan/bin/run.cjs "$layer/usr/local/bin/$name"
done
chmod -R u=rwX,go=rX "$layer"

umoci init --layout "$out"
umoci new --image "$out:$tag"
umoci insert --image "$out:$tag" "$rootfs" /
umoci insert --image "$out:$tag" "$layer/usr/lib/nodeplan" /usr/lib/nodeplan
umoci insert --image "$out:$tag" "$layer/usr/local/bin" /usr/local/bin
umoci insert --image "$out:$tag" "$layer/etc/nodeplan" /etc/nodeplan
umoci config --image "$out:$tag" \
  --config.env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  --config.entrypoint netplan --config.cmd watch --config.cmd --file --config.cmd /etc/nodeplan \
  --config.label org.opencontainers.image.title=nodeplan \
  --config.label "org.opencontainers.image.version=$tag"
umoci gc --layout "$out"
echo "$out:$tag"
