// The same configuration, by the reference plugins and by ours: the same packets arrive, from the same addresses.
import type { ExecutionContext } from 'ava'
import type { Family } from '../../src/net/addresses.ts'
import type { Protocol } from '../services/protocol.ts'
import { openSite } from './attached.ts'
import type { Site } from './attached.ts'
import { testEach } from './contenders.ts'
import type { Contender } from './contenders.ts'
import { createLab, wire } from './lab.ts'
import type { Place, Pod } from './lab.ts'
import { addressOf, bridgeOf, families, gateway, portMappings } from './wanted.ts'

const open = async (t: ExecutionContext, contender: Contender): Promise<Site> => {
  const lab = await createLab(t)
  const bridge = bridgeOf(families['both families'])
  const site = openSite(contender, lab, { cniVersion: '1.0.0', name: 'pods', bridge })
  await Promise.all((['node', 'outside'] as const).map((place) => lab.serve(place, 9000)))
  return site
}

const start = async (site: Site, name: string, mapped = false): Promise<Pod> => {
  const pod = site.lab.pod(name)
  await site.add(pod, mapped ? { capabilities: { portMappings } } : {})
  await site.lab.serve(pod, 80)
  return pod
}

/** `who SEES whom`, or what came instead of an answer. */
const hear = async (
  { lab }: Site,
  from: Place,
  to: { address: string; port: number; protocol?: Protocol },
): Promise<string> => {
  const { server, peer, error } = await lab.ask(from, to.address, to.port, to.protocol)
  return error ?? `${server} sees ${peer}`
}

type Probe = readonly [title: string, from: Place, address: string, port: number, heard: string]

/** What has to work with a second pod beside the one with the mapped ports. */
const probesOf = (family: Family, p1: Pod, p2: Pod): readonly Probe[] => {
  const [first, second] = [addressOf[family](1), addressOf[family](2)]
  const [node, outside, bridge] = [wire.node[family], wire.outside[family], gateway[family]]
  return [
    ['pod to pod', p2, first, 80, `p1 sees ${second}`],
    ['pod to gateway', p2, bridge, 9000, `node sees ${second}`],
    ['pod to outside', p2, outside, 9000, `outside sees ${node}`],
    ['node to pod', 'node', first, 80, `p1 sees ${bridge}`],
    ['outside to the mapped port', 'outside', node, 8080, `p1 sees ${outside}`],
    ['node to the mapped port', 'node', node, 8080, `p1 sees ${node}`],
    ['pod to the mapped port', p2, node, 8080, `p1 sees ${bridge}`],
    ['pod to its own mapped port', p1, node, 8080, `p1 sees ${bridge}`],
    ['pod to the mapped port at the gateway', p2, bridge, 8080, `p1 sees ${bridge}`],
  ]
}

for (const family of ['inet', 'inet6'] as const)
  testEach(`${family}: everybody is reached who is to be`, async (t, contender) => {
    const site = await open(t, contender)
    const [p1, p2] = [await start(site, 'p1', true), await start(site, 'p2')]
    for (const [title, from, address, port, heard] of probesOf(family, p1, p2))
      t.is(await hear(site, from, { address, port }), heard, title)
  })

testEach(
  'datagrams reach a mapped port, and the node itself by 127.0.0.1',
  async (t, contender) => {
    const site = await open(t, contender)
    const p1 = await start(site, 'p1', true)
    const udp = { address: wire.node.inet, port: 8081, protocol: 'udp' } as const
    t.is(await hear(site, 'outside', udp), `p1 sees ${wire.outside.inet}`)
    t.is(await hear(site, p1, udp), `p1 sees ${gateway.inet}`)
    const local = '127.0.0.1'
    t.is(await hear(site, 'node', { address: local, port: 8080 }), `p1 sees ${gateway.inet}`)
    t.is(await hear(site, 'node', { ...udp, address: local }), `p1 sees ${gateway.inet}`)
  },
)

testEach('a mapped port closes with its container', async (t, contender) => {
  const site = await open(t, contender)
  const pod = site.lab.pod('p1')
  const one = await site.add(pod, { capabilities: { portMappings } })
  await site.lab.serve(pod, 80)
  const mapped = { address: wire.node.inet, port: 8080 }
  t.is(await hear(site, 'outside', mapped), `p1 sees ${wire.outside.inet}`)
  await site.del(one)
  t.is(await hear(site, 'outside', mapped), 'ECONNREFUSED')
})
