#!/bin/sh
# build.sh [FOLDER]
#
# Makes nodeplan_VERSION_all.deb of what `npm run build` has built, in FOLDER (default: here). It takes Debian's dpkg-deb,
# and no root. The same commit gives the same package, byte for byte.
#
#   VERSION            of the package; default that of package.json
#   DEBFULLNAME        who makes it, and
#   DEBEMAIL           where to write to
#   SOURCE_DATE_EPOCH  its date; default that of the commit, or of the program
set -eu

here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../.." && pwd)
target=$(cd "${1:-.}" && pwd)

[ -e "$project/dist/netplan.cjs" ] || {
  echo "build.sh: there is nothing built: npm ci && npm run build" >&2
  exit 1
}

version=${VERSION:-$(node -p 'require(process.argv[1]).version' "$project/package.json")}
maintainer="${DEBFULLNAME:-netplan} <${DEBEMAIL:-nodeplan@packages.invalid}>"
if [ -z "${SOURCE_DATE_EPOCH:-}" ]; then
  SOURCE_DATE_EPOCH=$(git -C "$project" log -1 --format=%ct 2>/dev/null || stat -c %Y "$project/dist/netplan.cjs")
fi
export SOURCE_DATE_EPOCH

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -m 755 "$root"

# put MODE FILE PATH
put() {
  install -D -m "$1" "$2" "$root/$3"
}

# put_text PATH: what is on standard input, compressed as Debian wants it
put_text() {
  mkdir -p "$root/$(dirname "$1")"
  gzip -9n >"$root/$1"
  chmod 644 "$root/$1"
}

# The program. What V8 compiles of it is kept beside it when it first runs, and goes with it.
sed '1s|.*|#!/usr/bin/node|' "$project/bin/run.cjs" >"$work/run.cjs"
put 755 "$work/run.cjs" usr/lib/nodeplan/bin/run.cjs
put 644 "$project/package.json" usr/lib/nodeplan/package.json
put 644 "$project/dist/help.json" usr/lib/nodeplan/dist/help.json
for file in "$project"/dist/*.cjs; do
  put 644 "$file" "usr/lib/nodeplan/dist/$(basename "$file")"
done
for file in "$project"/schemas/*.json; do
  put 644 "$file" "usr/lib/nodeplan/schemas/$(basename "$file")"
done
put 755 "$project/packaging/systemd/fetch.sh" usr/lib/nodeplan/fetch.sh
mkdir -p "$root/usr/sbin"
# Not netplan: that is Canonical's.
ln -s ../lib/nodeplan/bin/run.cjs "$root/usr/sbin/nodeplan"

for file in "$project"/packaging/systemd/*.service "$project"/packaging/systemd/*.timer; do
  put 644 "$file" "lib/systemd/system/$(basename "$file")"
done

doc=usr/share/doc/nodeplan
put 644 "$project/README.md" "$doc/README.md"
for file in "$project"/docs/*.md; do
  put 644 "$file" "$doc/docs/$(basename "$file")"
done
put 644 "$project/packaging/systemd/README.md" "$doc/systemd.md"
for file in "$project"/packaging/systemd/nodeplan-.service.d/*; do
  put 644 "$file" "$doc/examples/nodeplan-.service.d/$(basename "$file")"
done
for file in netplan.rules.yml grafana-dashboard.json; do
  put 644 "$project/packaging/prometheus/$file" "$doc/examples/$file"
done
put_text "$doc/CHANGELOG.md.gz" <"$project/CHANGELOG.md"
put_text "$doc/changelog.gz" <<EOF
nodeplan ($version) unstable; urgency=medium

  * What changed is in CHANGELOG.md.gz, beside this file.

 -- $maintainer  $(date -u -R -d "@$SOURCE_DATE_EPOCH")
EOF
put 644 "$here/copyright" "$doc/copyright"
put 644 "$project/dist/licenses.txt" "$doc/licenses.txt"
node "$here/manual.js" "$project/dist/help.json" "$version" "$SOURCE_DATE_EPOCH" |
  put_text usr/share/man/man8/nodeplan.8.gz

mkdir -m 755 "$root/DEBIAN"
size=$(du -k -s --apparent-size "$root" | cut -f1)
cat >"$root/DEBIAN/control" <<EOF
Package: nodeplan
Version: $version
Architecture: all
Maintainer: $maintainer
Installed-Size: $size
Depends: nodejs (>= 20.19), iproute2, iptables, procps
Recommends: conntrack, iputils-ping
Suggests: git
Section: net
Priority: optional
Description: plan and apply for the network of a Linux node
 A YAML file says which bridges, veth pairs, VXLANs, namespaces, addresses,
 routes, rules, kernel parameters, services and firewall rules a node is to
 have; "nodeplan plan" shows what would change, "nodeplan apply" does it and
 verifies, "nodeplan watch" keeps it so.
 .
 It is also known as netplan, and has nothing to do with Canonical's tool of
 that name, beside which it can be installed.
EOF
for script in postinst prerm postrm; do
  install -m 755 "$here/$script" "$root/DEBIAN/$script"
done
(cd "$root" && find usr lib -type f -exec md5sum {} +) | LC_ALL=C sort -k 2 >"$root/DEBIAN/md5sums"
chmod 644 "$root/DEBIAN/control" "$root/DEBIAN/md5sums"
find "$root" -type d -exec chmod 755 {} +

deb=$target/nodeplan_${version}_all.deb
dpkg-deb --root-owner-group -Zxz --build "$root" "$deb" >/dev/null
echo "$deb"
