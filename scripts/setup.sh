#!/bin/sh
# Installs what is missing, and says nothing when nothing is.
#
#   setup.sh         everything that working on the project takes
#   setup.sh test    the same, as `npm test` wants it
#   setup.sh demo    the same, but goes on without what only tests and services need
#
# Where it may not install, it names the command that does and exits 77.
set -eu

cd "$(dirname "$0")/.."
goal=${1:-test}

# The system's programs stand here, where the PATH of an ordinary user often does not lead.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export PATH

say() { echo "setup: $*" >&2; }

fail() {
  say "$@"
  exit 77
}

check_node() {
  command -v node >/dev/null || fail 'node is missing: version 20.19 or later, https://nodejs.org/en/download'
  node -e 'const [a, b] = process.versions.node.split("."); process.exit(+a > 20 || (+a === 20 && +b >= 19) ? 0 : 1)' ||
    fail "node $(node --version) is too old: version 20.19 or later is needed, https://nodejs.org/en/download"
}

# program:package, as Debian calls it; or a file of it.
always='ip:iproute2 bridge:iproute2 sysctl:procps unshare:util-linux nsenter:util-linux flock:util-linux'
for_tests='iptables:iptables iptables-legacy:iptables ipset:ipset conntrack:conntrack ping:iputils-ping jq:jq curl:curl git:git'
# Tests that need one of these are skipped where it is missing.
optional='ansible-playbook:ansible-core shellcheck:shellcheck etcd:etcd-server'
# Of CNI: the plugins that ours are compared with, and who drives them.
optional="$optional /usr/lib/cni/portmap:containernetworking-plugins ctr:containerd podman:podman go:golang-go
  /usr/share/gocode/src/github.com/containernetworking/cni:golang-github-appc-cni-dev"

is_there() { command -v "$1" >/dev/null || [ -e "$1" ]; }

missing_packages() {
  for pair; do
    is_there "${pair%:*}" || echo "${pair#*:}"
  done | sort -u
}

can_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

# What a person has installed stays, even where it is in the way.
apt_install() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends --no-remove \
    -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 "$@"
}

# The package lists are fetched only if they are absent or out of date: that is the slow part.
install_packages() {
  say "installing $*"
  log=$(mktemp)
  if ! { apt_install "$@" || { apt-get update -qq && apt_install "$@"; }; } >"$log" 2>&1; then
    tail -n 5 "$log" >&2
  fi
  rm -f "$log"
}

command_for() {
  if ! command -v apt-get >/dev/null; then
    echo "this system's package manager (Debian's names: $*)"
  elif [ "$(id -u)" = 0 ]; then
    echo "apt-get update && apt-get install -y $*"
  else
    echo "sudo apt-get install -y $*"
  fi
}

# shellcheck disable=SC2046,SC2086 # lists of words
check_programs() {
  set -- $(missing_packages $always $for_tests)
  if [ $# -gt 0 ] && can_install; then
    install_packages "$@"
    set -- $(missing_packages $always $for_tests)
  fi
  [ $# -gt 0 ] || return 0

  if [ "$goal" = demo ] && [ -z "$(missing_packages $always)" ]; then
    say "the demo goes on without $*; to have them: $(command_for "$@")"
  else
    fail "missing: $*. To have them: $(command_for "$@")"
  fi
}

# shellcheck disable=SC2046,SC2086 # lists of words
check_optional_programs() {
  [ "$goal" = test ] || return 0
  set -- $(missing_packages $optional)
  if [ $# -gt 0 ] && can_install; then
    install_packages "$@"
    set -- $(missing_packages $optional)
  fi
  [ $# -eq 0 ] || say "some tests are skipped without $*; to have them: $(command_for "$@")"
}

check_writable() {
  for place in build dist src/generated node_modules; do
    [ -e "$place" ] || place=$(dirname "$place")
    if [ ! -w "$place" ]; then
      place=$(cd "$place" && pwd)
      fail "$(id -un) may not write to $place, where packages and the build go." \
        "Run this as $(stat -c %U "$place"), or in a copy of your own: cp -r $(pwd) ~/netplan"
    fi
  done
}

# npm writes its own list into node_modules last, so that an installation that broke off counts as absent.
packages_are_current() {
  [ -e node_modules/.package-lock.json ] &&
    [ -z "$(find package-lock.json -newer node_modules/.package-lock.json)" ]
}

install_npm_packages() {
  packages_are_current && return
  command -v npm >/dev/null || fail 'npm is missing: it comes with node, or as the Debian package npm'
  say 'installing npm packages'
  npm ci --no-audit --no-fund --loglevel=error >/dev/null || fail 'npm could not install the packages, see above'
}

check_node
check_writable
check_programs
check_optional_programs
install_npm_packages
