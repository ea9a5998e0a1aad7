// What is beside a network of pods, before it and after it.
import { rmSync, statSync } from 'node:fs'
import type { ExecutionContext } from 'ava'
import { openSite } from './attached.ts'
import type { Attached, Site } from './attached.ts'
import { Refused } from './chain.ts'
import { testEach, testOurs } from './contenders.ts'
import type { Contender } from './contenders.ts'
import { createLab, wire } from './lab.ts'
import { hear } from './probes.ts'
import { addressOf, bridgeOf, families, portMappings } from './wanted.ts'

const open = async (t: ExecutionContext, contender: Contender): Promise<Site> =>
  openSite(contender, await createLab(t), {
    wanted: { cniVersion: '1.0.0', name: 'pods', bridge: bridgeOf(families.IPv4) },
  })

const start = async (site: Site, name: string): Promise<Attached> => {
  const one = await site.add(site.lab.pod(name), { capabilities: { portMappings } })
  await site.lab.serve(one.pod, 80)
  return one
}

testEach('datagrams of a flow follow a mapped port to its next container', async (t, contender) => {
  const site = await open(t, contender)
  const udp = { address: wire.node.inet, port: 8081, protocol: 'udp', sourcePort: 30_000 } as const
  const first = await start(site, 'p1')
  t.is(await hear(site.lab, 'outside', udp), 'p1 sees outside')
  await site.del(first)
  await start(site, 'p2')
  t.is(await hear(site.lab, 'outside', udp), 'p2 sees outside')
})

testEach("a device that is there already is nobody else's", async (t, contender) => {
  const site = await open(t, contender)
  const pod = site.lab.pod('p1')
  site.lab.node.ip('link add eth0 type bridge', pod.netns)
  const before = site.traces()
  const shown = site.lab.node.ip('-d link show', pod.netns)
  await t.throwsAsync(site.add(pod), { instanceOf: Refused })
  t.is(site.lab.node.ip('-d link show', pod.netns), shown)
  t.deepEqual(site.traces().leases, before.leases)
  t.deepEqual(site.traces().rules, before.rules)
})

testEach(
  "a port that two containers map is the first one's, and then the other's",
  async (t, contender) => {
    const site = await open(t, contender)
    const mapped = { address: wire.node.inet, port: 8080 }
    const first = await start(site, 'p1')
    const second = await start(site, 'p2')
    t.is(await hear(site.lab, 'outside', mapped), 'p1 sees outside')
    if (contender.checksMappings) for (const each of [first, second]) await site.check(each)
    await site.del(first)
    t.is(await hear(site.lab, 'outside', mapped), 'p2 sees outside')
    await site.del(second)
    t.is(await hear(site.lab, 'outside', mapped), 'ECONNREFUSED')
  },
)

/** With a bridge, rules and services, as pods have them. */
const yaml = `
version: 1
bridges: { br7: { addresses: [10.77.0.1/24] } }
masquerade: [{ source: 10.77.0.0/24 }]
services:
  web: { clusterIPs: [10.96.0.7], ports: [{ port: 80 }], endpoints: [10.77.0.2] }
`
testOurs(
  'a node has a configuration of its own, and neither touches the other',
  async (t, contender) => {
    const site = await open(t, contender)
    const { node } = site.lab
    const before = site.traces()
    const one = await start(site, 'p1')
    const pods = site.traces()
    const { applied } = await node.apply(yaml)
    t.is(applied.outcome, 'done')
    await site.check(one)
    const both = site.traces()
    const second = await site.add(site.lab.pod('p2'))
    t.deepEqual((await node.plan(yaml)).changes, [])
    await site.del(second)
    t.deepEqual(site.traces(), both)
    await node.destroy(yaml)
    t.deepEqual(site.traces(), pods)
    await node.apply(yaml)
    await site.del(one)
    await node.destroy(yaml)
    t.deepEqual(site.traces(), { ...before, links: [...before.links, 'cni0'].sort() })
  },
)

testOurs('rules go where others have theirs: to iptables-legacy', async (t, contender) => {
  const site = await open(t, contender)
  const { node } = site.lab
  const rule = ['FORWARD', '-s', '198.51.100.0/24', '-j', 'ACCEPT']
  node.exec(['iptables-legacy', '-A', ...rule])
  const rules = (): string[] =>
    node
      .exec(['iptables-legacy-save'])
      .split('\n')
      .filter((line) => line.startsWith('-'))
  const before = rules()
  const nft = site.traces().rules
  const one = await start(site, 'p1')
  t.deepEqual(site.traces().rules, nft)
  const mapped = { address: wire.node.inet, port: 8080 }
  t.is(await hear(site.lab, 'outside', mapped), 'p1 sees outside')
  t.is(await hear(site.lab, one.pod, mapped), 'p1 sees the node')
  await site.check(one)
  await site.del(one)
  t.deepEqual(rules(), before)
})

/** What a node has of its pods after a start: nothing but what is on disk. */
const reboot = ({ lab }: Site, { pod }: Attached): void => {
  const { node } = lab
  node.ip(`netns delete ${pod.netns}`)
  node.ip('link delete dev cni0')
  for (const action of ['-F', '-X']) node.exec(['iptables', '-t', 'nat', action])
  const { ino } = statSync(`/run/netns/${node.name}`)
  rmSync(`/run/nodeplan/${ino}`, { recursive: true, force: true })
}

testOurs('after a start of the node DEL takes back what is on disk', async (t, contender) => {
  const site = await open(t, contender)
  const before = await start(site, 'p1')
  reboot(site, before)
  const after = await site.add(site.lab.pod('p2'))
  t.deepEqual(site.traces().leases, [addressOf.inet(1), addressOf.inet(2)])
  await site.del({ ...before, netns: undefined })
  t.deepEqual(site.traces().leases, [addressOf.inet(2)])
  await site.check(after)
})
