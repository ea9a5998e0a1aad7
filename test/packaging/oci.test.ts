// packaging/oci: an image made without Docker, unpacked, and run in a root of its own.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { sh } from '../node/harness.ts'
import { isInstalled } from '../pipelines/installed.ts'
import { lintScripts } from '../pipelines/shellcheck.ts'
import { run } from '../run.ts'
import { packaging } from './unit.ts'

const folder = join(packaging, 'oci')
const place = mkdtempSync('/tmp/netplan-test-')
test.after.always(() => {
  rmSync(place, { recursive: true })
})

lintScripts(folder)

/** A system of the programs of this machine that netplan takes, with the libraries that they load. */
const makeRootfs = (rootfs: string): void => {
  for (const name of ['usr/bin', 'usr/sbin', 'proc', 'dev', 'run', 'tmp', 'var/lib', 'root'])
    mkdirSync(join(rootfs, name), { recursive: true })
  const script = `
    cd "$1"
    for name in sh env cat mkdir node ip bridge ss sysctl nsenter unshare flock iptables iptables-save iptables-restore ip6tables-save ip6tables-restore iptables-nft-save iptables-nft-restore iptables-legacy-save iptables-legacy-restore; do
      file=$(PATH=$PATH:/usr/sbin:/sbin command -v $name) || continue
      cp -L "$file" "usr/bin/$name"
      echo "$file"
    done | xargs ldd 2>/dev/null | grep -o '/[^ ]*' | grep -v ':$' | sort -u | while read -r library; do
      mkdir -p ".$(dirname "$library")"
      cp -L "$library" ".$library"
    done`
  sh(['sh', '-c', script, 'sh', rootfs])
}

const made = isInstalled('umoci', 'umoci') ? test : test.skip

made('an image is built, and netplan runs in it', async (t) => {
  const rootfs = join(place, 'rootfs')
  makeRootfs(rootfs)
  const image = join(place, 'image')
  const built = await run(['sh', join(folder, 'build.sh'), rootfs, image, '1.2.3'])
  t.is(built.code, 0, built.stderr)
  t.regex(built.stdout, /\/image:1\.2\.3\n$/)
  // What is there already is left alone.
  t.is((await run(['sh', join(folder, 'build.sh'), rootfs, image])).code, 1)
  const bundle = join(place, 'bundle')
  const unpacked = await run(['umoci', 'unpack', '--image', `${image}:1.2.3`, bundle])
  t.is(unpacked.code, 0, unpacked.stderr)
  const { process: started } = JSON.parse(sh(['cat', join(bundle, 'config.json')])) as {
    readonly process: { readonly args: readonly string[] }
  }
  t.deepEqual(started.args, ['netplan', 'watch', '--file', '/etc/nodeplan'])
  const within = (...argv: readonly string[]): ReturnType<typeof run> => {
    const script =
      'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$0" "$@"'
    const enter = ['unshare', '--net', '--mount', '--propagation=private', 'sh', '-c', script]
    const env = {
      NODE_EXTRA_CA_CERTS: undefined,
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    }
    return run([...enter, join(bundle, 'rootfs'), ...argv], { env })
  }
  t.regex((await within('netplan', '--version')).stdout, /^netplan\/\d/)
  const doctor = await within('netplan', 'doctor', '--json')
  const { checks } = JSON.parse(doctor.stdout) as {
    readonly checks: readonly { readonly what: string; readonly status: string }[]
  }
  const isFine = (what: string): boolean =>
    checks.some((check) => check.what === what && check.status === 'ok')
  for (const what of ['program ip', 'device bridge', 'device veth']) t.true(isFine(what), what)
  const config = 'mkdir -p /run; echo "bridges: { br0: {} }" > /etc/nodeplan/netplan.yaml'
  const watched = await within('sh', '-c', `${config}; netplan watch --file /etc/nodeplan --once`)
  t.is(watched.code, 0, watched.stderr)
  t.regex(watched.stderr, /changed and verified/)
})
