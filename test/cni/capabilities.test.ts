// What a runtime asks for beside the configuration: ports of one address, addresses, and more than one network.
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { attachmentOf, openSite } from './attached.ts'
import type { Attached, Site } from './attached.ts'
import { driveChain } from './chain.ts'
import { ours, testChained, testEach } from './contenders.ts'
import type { Contender, Wanted } from './contenders.ts'
import { createLab, wire } from './lab.ts'
import { hear } from './probes.ts'
import { bridgeOf, families, portMappings } from './wanted.ts'

const wanted: Wanted = { cniVersion: '1.0.0', name: 'pods', bridge: bridgeOf(families.IPv4) }

const open = async (t: ExecutionContext, contender: Contender): Promise<Site> =>
  openSite(contender, await createLab(t), { wanted })

const map = (hostPort: number, hostIP: string): object => ({
  ...{ hostPort, containerPort: 80, protocol: 'tcp', hostIP },
})

const refused = 'ECONNREFUSED'

/** Who answers by a port that is mapped at one address of the node, at 127.0.0.1, or at all. */
const reached: readonly (readonly [
  from: 'node' | 'outside',
  address: string,
  port: number,
  heard: string,
])[] = [
  ['outside', '192.0.2.9', 8080, 'p1 sees outside'],
  ['outside', wire.node.inet, 8080, refused],
  ['node', '192.0.2.9', 8080, 'p1 sees the node'],
  ['node', '127.0.0.1', 8080, refused],
  ['node', '127.0.0.1', 8081, 'p1 sees the node'],
  ['outside', wire.node.inet, 8081, refused],
  ['outside', wire.node.inet, 8082, 'p1 sees outside'],
  ['outside', '192.0.2.9', 8082, 'p1 sees outside'],
  ['node', '127.0.0.1', 8082, 'p1 sees the node'],
]

testEach('a port is mapped at the address that is asked for', async (t, contender) => {
  const site = await open(t, contender)
  const { lab } = site
  lab.node.ip('address add 192.0.2.9/24 dev up0')
  const before = site.traces()
  const mappings = [map(8080, '192.0.2.9'), map(8081, '127.0.0.1'), map(8082, '0.0.0.0')]
  const one = await site.add(lab.pod('p1'), { capabilities: { portMappings: mappings } })
  await lab.serve(one.pod, 80)
  for (const [from, address, port, heard] of reached)
    t.is(await hear(lab, from, { address, port }), heard, `${from} to ${address}:${port}`)
  t.is(await hear(lab, one.pod, { address: '192.0.2.9', port: 8080 }), 'p1 sees the node')
  await site.del(one)
  t.deepEqual(site.traces().rules, before.rules)
})

testEach('an address is had that is asked for', async (t, contender) => {
  const site = await open(t, contender)
  const one = await site.add(site.lab.pod('p1'), { args: 'IgnoreUnknown=1;IP=10.88.0.99' })
  t.deepEqual(site.traces().leases, ['10.88.0.99'])
  t.regex(site.lab.node.ip('-br address show dev eth0', one.pod.netns), / 10\.88\.0\.99\/24 /)
  await t.throwsAsync(site.add(site.lab.pod('p2'), { args: 'IP=10.88.0.99' }))
  await t.throwsAsync(site.add(site.lab.pod('p3'), { args: 'IP=192.0.2.77' }))
  t.deepEqual(site.traces().leases, ['10.88.0.99'])
})

testEach('a container is in two networks, and leaves one of them', async (t, contender) => {
  const site = await open(t, contender)
  const ipam = { type: 'host-local', ranges: [[{ subnet: '10.89.0.0/24' }]] }
  const bridge = { ...wanted.bridge, bridge: 'cni1', ipam }
  const other = openSite(contender, site.lab, { wanted: { ...wanted, name: 'more', bridge } })
  const first = await site.add(site.lab.pod('p1'))
  const attachment = { ...attachmentOf(first.pod), ifname: 'net1' }
  const result = await driveChain(other.runtime, other.network).add(attachment)
  const second: Attached = { ...attachment, pod: first.pod, result }
  await site.del(first)
  await other.check(second)
  const shown = site.lab.node.ip('-4 -br address', first.pod.netns)
  t.regex(shown, /^net1@.* 10\.89\.0\.2\/24/m)
  t.notRegex(shown, /eth0/)
  await other.del(second)
  t.notRegex(site.lab.node.ip('-br link', first.pod.netns), /net1/)
})

testChained('ports are mapped', async (t, contender) => {
  const site = await open(t, contender)
  const before = site.traces()
  const one = await site.add(site.lab.pod('p1'), { capabilities: { portMappings } })
  await site.lab.serve(one.pod, 80)
  const mapped = { address: wire.node.inet, port: 8080 }
  t.is(await hear(site.lab, 'outside', mapped), 'p1 sees outside')
  t.is(await hear(site.lab, one.pod, mapped), 'p1 sees the node')
  await site.check(one)
  await site.del(one)
  t.deepEqual(site.traces(), { ...before, links: [...before.links, 'cni0'].sort() })
})

for (const [which, other, hostIP] of [
  ['IPv4', 'IPv6', '2001:db8::9'],
  ['IPv6', 'IPv4', '192.0.2.9'],
] as const)
  test.serial(`a port is mapped at an ${other} address for a pod of ${which}`, async (t) => {
    const family = which === 'IPv4' ? 'inet' : 'inet6'
    const only = { ...wanted, cniVersion: '1.1.0', bridge: bridgeOf([family]) } as const
    const site = openSite(ours, await createLab(t), { wanted: only })
    const before = site.traces()
    const mappings = { capabilities: { portMappings: [map(8080, hostIP)] } }
    const one = await site.add(site.lab.pod('p1'), mappings)
    await site.check(one)
    const two = await site.add(site.lab.pod('p2'))
    for (const each of [one, two]) await site.del(each)
    t.deepEqual(site.traces().rules, before.rules)
  })
