import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { createNode } from '../node/harness.ts'
import type { TestNode } from '../node/harness.ts'
import { isInstalled } from '../pipelines/installed.ts'
import { eventually, startEtcd } from '../sources/etcd/server.ts'
import type { Etcd } from '../sources/etcd/server.ts'
import { startWatcher } from './watcher.ts'
import type { Watcher } from './watcher.ts'

const withEtcd = isInstalled('etcd', 'etcd-server') ? test : test.skip

interface Stage {
  readonly etcd: Etcd
  readonly node: TestNode
}

const setUp = async (t: ExecutionContext): Promise<Stage> => {
  const etcd = await startEtcd()
  t.teardown(() => etcd.destroy())
  const node = createNode()
  t.teardown(() => node.remove())
  return { etcd, node }
}

const watchNode = (t: ExecutionContext, node: TestNode, ...args: readonly string[]): Watcher => {
  const watcher = startWatcher(['--netns', node.name, ...args])
  t.teardown(() => watcher.end())
  return watcher
}

const bridge = (address: string): string => `bridges: { br0: { addresses: [${address}] } }`

const shown = (node: TestNode, device: string): string => node.ip(`-o address show dev ${device}`)

/** Waits until a device has an address; undefined: until there is no device. */
const has = (node: TestNode, device: string, address: string | undefined): Promise<void> =>
  eventually(() => {
    const links = node.ip('-o link')
    const isThere = links.includes(`: ${device}:`)
    if (address === undefined ? isThere : !isThere || !shown(node, device).includes(` ${address} `))
      throw new Error(`${device} ${String(address)}:\n${links}`)
  })

const logged = (watcher: Watcher, message: RegExp, behind = 0): Promise<void> =>
  eventually(() => {
    const { lines } = watcher
    if (!lines.slice(behind).some((line) => message.test(JSON.stringify(line))))
      throw new Error(
        `no ${String(message)}:\n${lines.map((line) => JSON.stringify(line)).join('\n')}`,
      )
  })

withEtcd(
  'documents of etcd: a node follows them, through its crash, its hanging, and ours',
  async (t) => {
    const { etcd, node } = await setUp(t)
    await etcd.put('/net/10-bridge', bridge('10.7.0.1/24'))
    await etcd.put('/net/20-route', 'routes: [{ to: 10.8.0.0/16, via: 10.7.0.2 }]')
    const watcher = watchNode(t, node, '--source', `etcd://${etcd.host}/net/`)
    await has(node, 'br0', '10.7.0.1/24')
    t.regex(node.ip('route'), /10\.8\.0\.0\/16 via 10\.7\.0\.2/)

    await etcd.put('/net/10-bridge', bridge('10.7.0.3/24'))
    await has(node, 'br0', '10.7.0.3/24')
    await etcd.put('/net/30-more', 'bridges: { br1: { addresses: [10.9.0.1/24] } }')
    await has(node, 'br1', '10.9.0.1/24')
    await etcd.remove('/net/30')
    await has(node, 'br1', undefined)

    // What is wrong names its key, and what was good stays.
    await etcd.put('/net/30-more', 'bridges: { br1: { adresses: [] } }')
    await logged(watcher, /unknown key .*adresses/)
    // Nor is the environment of whoever watches for whoever writes it.
    await etcd.put('/net/30-more', 'bridges: { br3: { addresses: ["${env.PATH}"] } }')
    await logged(watcher, /environment of this machine is not read/)
    t.notRegex(JSON.stringify(watcher.lines), new RegExp(String(process.env['PATH'])))
    await etcd.put('/net/30-more', 'bridges: { br2: {} }')
    await eventually(() => void node.ip('link show dev br2'))
    await etcd.remove('/net/30')
    await has(node, 'br2', undefined)

    // A prefix that is emptied is no wish for nothing.
    await etcd.remove('/net/')
    await logged(watcher, /has nothing/)
    t.regex(shown(node, 'br0'), /10\.7\.0\.3/)
    await etcd.put('/net/10-bridge', bridge('10.7.0.4/24'))
    await has(node, 'br0', '10.7.0.4/24')
    t.notRegex(node.ip('route'), /10\.8\.0\.0/)

    await etcd.kill()
    await logged(watcher, /"reason":"(?:closed|refused)"/)
    node.ip('link delete dev br0') // and the node is kept meanwhile
    await has(node, 'br0', '10.7.0.4/24')
    await etcd.start()
    await etcd.put('/net/10-bridge', bridge('10.7.0.5/24'))
    await has(node, 'br0', '10.7.0.5/24')

    // Of what changed while we stood still, and was compacted, the last counts.
    watcher.signal('SIGSTOP')
    for (let last = 0; last < 50; last++)
      await etcd.put(
        '/net/10-bridge',
        `# ${'x'.repeat(100_000)}\n${bridge(`10.7.1.${String(last)}/24`)}`,
      )
    await etcd.compact(await etcd.put('/net/10-bridge', bridge('10.7.0.6/24')))
    watcher.signal('SIGCONT')
    await has(node, 'br0', '10.7.0.6/24')

    t.is(await watcher.end(), 0)
    t.regex(shown(node, 'br0'), /10\.7\.0\.6/)
  },
)

withEtcd('an etcd that stands still: told, nothing is lost, and all is caught up', async (t) => {
  const { etcd, node } = await setUp(t)
  await etcd.put('/net/a', bridge('10.7.0.1/24'))
  const watcher = watchNode(t, node, '--source', `etcd://${etcd.host}/net/`)
  await has(node, 'br0', '10.7.0.1/24')
  etcd.signal('SIGSTOP')
  await logged(watcher, /"reason":"timeout"/)
  t.regex(shown(node, 'br0'), /10\.7\.0\.1/)
  etcd.signal('SIGCONT')
  await etcd.put('/net/a', bridge('10.7.0.2/24'))
  await has(node, 'br0', '10.7.0.2/24')
})

withEtcd(
  "a file of two lines and flannel's leases: routes come, move, and go with them",
  async (t) => {
    const { etcd, node } = await setUp(t)
    node.ip('link add eth0 type veth peer name far')
    node.ip('link set dev far up')
    node.ip('address add 192.0.2.1/24 dev eth0')
    node.ip('link set dev eth0 up')
    const folder = mkdtempSync(join(tmpdir(), 'netplan-flannel-'))
    t.teardown(() => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, 'netplan.yaml')
    writeFileSync(file, 'owner: flannel\ncluster: { interface: eth0 }\n')

    const lease = (subnet: string, address: string, id?: string): Promise<number> => {
      const value = JSON.stringify({ PublicIP: address, PublicIPv6: null, BackendType: 'host-gw' })
      return etcd.put(`/coreos.com/network/subnets/${subnet}`, value, id)
    }
    const routes = (...expected: readonly string[]): Promise<void> =>
      eventually(() => {
        const found = node
          .ip('route show dev eth0')
          .split('\n')
          .filter((line) => line.includes(' via '))
          .map((line) => line.split(' ').slice(0, 3).join(' '))
        if (JSON.stringify(found) !== JSON.stringify(expected)) throw new Error(found.join('\n'))
      })

    const config = { Network: '10.5.0.0/16', Backend: { Type: 'host-gw' } }
    await etcd.put('/coreos.com/network/config', JSON.stringify(config))
    await lease('10.5.1.0-24', '192.0.2.1')
    await lease('10.5.2.0-24', '192.0.2.2')
    await lease('10.5.3.0-24', '192.0.2.3')
    const source = `flannel+etcd://${etcd.host}/coreos.com/network`
    let watcher = watchNode(t, node, '-f', file, '--source', source)
    await routes('10.5.2.0/24 via 192.0.2.2', '10.5.3.0/24 via 192.0.2.3')
    t.regex(shown(node, 'cni0'), /10\.5\.1\.1\/24/)

    // It comes, and goes by itself.
    await lease('10.5.4.0-24', '192.0.2.4', await etcd.grant(2))
    await routes(...['2', '3', '4'].map((one) => `10.5.${one}.0/24 via 192.0.2.${one}`))
    await routes('10.5.2.0/24 via 192.0.2.2', '10.5.3.0/24 via 192.0.2.3')

    // A node has another address now.
    await lease('10.5.3.0-24', '192.0.2.33')
    await routes('10.5.2.0/24 via 192.0.2.2', '10.5.3.0/24 via 192.0.2.33')

    // What flannel leaves behind while nobody looks goes, too.
    watcher.signal('SIGSTOP')
    await etcd.remove('/coreos.com/network/subnets/10.5.2')
    watcher.signal('SIGCONT')
    await routes('10.5.3.0/24 via 192.0.2.33')

    // What flanneld had made before is not touched, unless we are told to take it over: then it goes with its lease.
    node.ip('route add 10.5.6.0/24 via 192.0.2.6 dev eth0')
    await lease('10.5.6.0-24', '192.0.2.6')
    await logged(watcher, /10\.5\.6\.0\/24 exists already and is not ours/)
    await watcher.end()
    watcher = watchNode(t, node, '-f', file, '--source', source, '--adopt')
    await eventually(() => {
      if (!node.ip('route show 10.5.6.0/24').includes('proto')) throw new Error(node.ip('route'))
    })
    await etcd.remove('/coreos.com/network/subnets/10.5.6')
    await routes('10.5.3.0/24 via 192.0.2.33')

    // Without a lease of its own the node stays as it was; without any, too.
    const { length } = watcher.lines
    await etcd.remove('/coreos.com/network/subnets/10.5.1')
    await logged(watcher, /no node of the cluster/, length)
    await etcd.remove('/coreos.com/network/')
    await logged(watcher, /has nothing/, length)
    await routes('10.5.3.0/24 via 192.0.2.33')
  },
)

withEtcd('a password that is wrong, and one on the command line', async (t) => {
  const { etcd, node } = await setUp(t)
  await etcd.ask('/v3/auth/user/add', { name: 'root', password: 's3cret' })
  await etcd.ask('/v3/auth/role/add', { name: 'root' })
  await etcd.ask('/v3/auth/user/grant', { user: 'root', role: 'root' })
  await etcd.ask('/v3/auth/enable', {})
  const source = `etcd://${etcd.host}/net/`
  const flags = ['--netns', node.name, '--source', source]
  const watcher = startWatcher(flags, { ETCDCTL_USER: 'root:wr0ng' })
  await logged(watcher, /"reason":"unauthenticated".*invalid user ID or password/)
  t.is(await watcher.end(), 0)
  t.notRegex(JSON.stringify(watcher.lines), /wr0ng/)

  const usage = startWatcher(['--source', source.replace('//', '//root:s3cret@')])
  await logged(usage, /ETCDCTL_USER/)
  t.not(await usage.end(), 0)
  t.notRegex(JSON.stringify(usage.lines), /s3cret/)
})
