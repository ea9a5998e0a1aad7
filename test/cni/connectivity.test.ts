// The same configuration, by the reference plugins and by ours: the same packets arrive, from the same senders.
import type { ExecutionContext } from 'ava'
import { openSite } from './attached.ts'
import type { Site } from './attached.ts'
import { testEach } from './contenders.ts'
import type { Contender } from './contenders.ts'
import { createLab, wire } from './lab.ts'
import type { Pod } from './lab.ts'
import { hear, mappedProbesOf, probesOf, serveAround } from './probes.ts'
import { bridgeOf, families, portMappings } from './wanted.ts'

const open = async (t: ExecutionContext, contender: Contender): Promise<Site> => {
  const lab = await createLab(t)
  const bridge = bridgeOf(families['both families'])
  const site = openSite(contender, lab, { wanted: { cniVersion: '1.0.0', name: 'pods', bridge } })
  await serveAround(lab)
  return site
}

const start = async (site: Site, name: string, mapped = false): Promise<Pod> => {
  const pod = site.lab.pod(name)
  await site.add(pod, mapped ? { capabilities: { portMappings } } : {})
  await site.lab.serve(pod, 80)
  return pod
}

for (const family of ['inet', 'inet6'] as const)
  testEach(`${family}: everybody is reached who is to be`, async (t, contender) => {
    const site = await open(t, contender)
    const [p1, p2] = [await start(site, 'p1', true), await start(site, 'p2')]
    for (const [title, from, to, heard] of [
      ...probesOf(family, p2),
      ...mappedProbesOf(family, p1, p2),
    ])
      t.is(await hear(site.lab, from, to), heard, title)
  })

testEach(
  'datagrams reach a mapped port, and the node itself by 127.0.0.1',
  async (t, contender) => {
    const site = await open(t, contender)
    const p1 = await start(site, 'p1', true)
    const udp = { address: wire.node.inet, port: 8081, protocol: 'udp' } as const
    t.is(await hear(site.lab, 'outside', udp), 'p1 sees outside')
    t.is(await hear(site.lab, p1, udp), 'p1 sees the node')
    const local = '127.0.0.1'
    t.is(await hear(site.lab, 'node', { address: local, port: 8080 }), 'p1 sees the node')
    t.is(await hear(site.lab, 'node', { ...udp, address: local }), 'p1 sees the node')
  },
)
