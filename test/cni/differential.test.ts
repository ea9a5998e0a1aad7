// The same configuration, by the reference plugins and by ours: the same result, and nothing left of either.
import type { ExecutionContext } from 'ava'
import { openSite } from './attached.ts'
import type { Site } from './attached.ts'
import { testEach } from './contenders.ts'
import type { Contender } from './contenders.ts'
import { createLab } from './lab.ts'
import { veiled } from './results.ts'
import type { Traces } from './traces.ts'
import { bridgeOf, families, portMappings, routes } from './wanted.ts'
import type { Families } from './wanted.ts'

/** The result by the specification, for the first container or the second. */
const expected = (cniVersion: string, which: Families, host: number): unknown => {
  const old = cniVersion.startsWith('0.')
  const addresses = {
    inet: { ...(old ? { version: '4' } : {}), address: `10.88.0.${host}/24`, gateway: '10.88.0.1' },
    inet6: { ...(old ? { version: '6' } : {}), address: `fd88::${host}/64`, gateway: 'fd88::1' },
  }
  return {
    cniVersion,
    interfaces: [
      { name: 'cni0', mac: 'MAC' },
      { name: 'VETH', mac: 'MAC' },
      { name: 'eth0', mac: 'MAC', sandbox: 'POD' },
    ],
    ips: which.map((family) => ({ ...addresses[family], interface: 2 })),
    routes: which.map((family) => routes[family]),
    dns: {},
  }
}

/** What stays when the last container is gone: the bridge. */
const withoutStaying = ({ contender, ...site }: Site): Traces => {
  const traces = site.traces()
  return { ...traces, rules: traces.rules.filter((rule) => !contender.staying.test(rule)) }
}

interface Case {
  readonly contender: Contender
  readonly cniVersion: string
  readonly which: Families
}

const addAndDelete = async (
  t: ExecutionContext,
  { contender, cniVersion, which }: Case,
): Promise<void> => {
  const lab = await createLab(t)
  const site = openSite(contender, lab, { cniVersion, name: 'pods', bridge: bridgeOf(which) })
  const before = site.traces()
  const first = await site.add(lab.pod('p1'), { capabilities: { portMappings } })
  const second = await site.add(lab.pod('p2'))
  t.deepEqual(veiled(first.result, 'cni0'), expected(cniVersion, which, 2))
  t.deepEqual(veiled(second.result, 'cni0'), expected(cniVersion, which, 3))
  for (const one of [first, second]) await site.del(one)
  const { links, ...rest } = withoutStaying(site)
  t.deepEqual({ ...rest, links: links.filter((link) => link !== 'cni0') }, before)
}

for (const cniVersion of ['0.3.1', '0.4.0', '1.0.0'])
  for (const [title, which] of Object.entries(families))
    testEach(
      `${cniVersion}, ${title}: ADD answers as it has to, DEL leaves the bridge alone`,
      (t, contender) => addAndDelete(t, { contender, cniVersion, which }),
    )
