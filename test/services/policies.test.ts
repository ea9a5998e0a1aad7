import type { ExecutionContext } from 'ava'
import type { Endpoint, Service } from '../../src/config/config.ts'
import type { Family } from '../../src/net/addresses.ts'
import type { Lab } from './lab.ts'
import type { Protocol, Result } from './protocol.ts'
import { counts, peers } from './results.ts'
import { serviceAt, tellAll, vip } from './scenarios.ts'
import { families } from './shared.ts'
import { addresses } from './topology.ts'

const nodePort = 30080

/** Addresses that the client outside sends to the node. */
const external = { inet: '198.51.100.1', inet6: 'fd00:51::1' }

const routeExternal = ({ node }: Lab): void => {
  for (const family of families)
    node.ip(`route replace ${external[family]} via ${addresses.node[family]}`, node.ns('x'))
}

const protocols = ['tcp', 'udp'] as const

const ports = protocols.map((protocol) => ({
  name: protocol,
  protocol,
  port: 80,
  targetPort: 8080,
  nodePort,
}))

/** Pods of both nodes, each with the name of its node, as a cluster tells it. */
const placed = (lab: Lab, ...names: readonly string[]): Endpoint[] =>
  [lab, lab.second!].flatMap(({ pods, node }) =>
    pods
      .filter(({ name }) => names.includes(name))
      .flatMap(({ inet, inet6 }) => [inet, inet6])
      .map((address) => ({ address, node: node.name })),
  )

const web = (lab: Lab, names: readonly string[], more: Partial<Service>): Service =>
  serviceAt(1, placed(lab, ...names), { ports, externalIPs: Object.values(external), ...more })

/** Who answers how often; undefined: nobody. */
type Servers = Readonly<Record<string, number>> | undefined

type Client = 'x' | 'node' | 'p1'
type Way = 'service' | 'external' | 'node' | 'bridge'

/** Six connections at a time: they wait together where nobody answers, and not for long. */
const ask = (
  lab: Lab,
  from: Client,
  to: Way,
  { family, protocol, timeout = 1500 }: { family: Family; protocol: Protocol; timeout?: number },
): Promise<readonly Result[]> => {
  const hosts = { ...addresses, external, service: { inet: vip(1), inet6: vip(1, 'inet6') } }
  const port = to === 'node' || to === 'bridge' ? nodePort : 80
  return lab.connect(from, hosts[to][family], port, {
    protocol,
    count: 6,
    parallel: 6,
    timeout,
  })
}

const kinds = families.flatMap((family) => protocols.map((protocol) => ({ family, protocol })))

/** Who answers, by both families and protocols. */
const check = async (
  t: ExecutionContext,
  lab: Lab,
  to: Way,
  expected: Readonly<Partial<Record<Client, Servers>>>,
): Promise<void> => {
  for (const [from, servers] of Object.entries(expected) as [Client, Servers][]) {
    const asked =
      servers === undefined
        ? await Promise.all(kinds.map((kind) => ask(lab, from, to, { ...kind, timeout: 300 })))
        : await inTurn(kinds, (kind) => ask(lab, from, to, kind))
    for (const [index, { family, protocol }] of kinds.entries()) {
      // What a node drops of its own, it says so to UDP.
      const silence = from === 'node' && protocol === 'udp' ? { EPERM: 6 } : { timeout: 6 }
      const where = `${from} to ${to} ${family} ${protocol}`
      t.deepEqual(counts(asked[index]!), servers ?? silence, where)
    }
  }
}

/** One after the other: they share turns. */
const inTurn = async <Item, Outcome>(
  items: readonly Item[],
  run: (item: Item) => Promise<Outcome>,
): Promise<readonly Outcome[]> => {
  const found: Outcome[] = []
  for (const item of items) found.push(await run(item))
  return found
}

/** As whom the servers see a client who comes by the node port. */
const seen = async (lab: Lab, from: Client, family: Family): Promise<readonly string[]> =>
  peers(
    (
      await Promise.all(protocols.map((protocol) => ask(lab, from, 'node', { family, protocol })))
    ).flat(),
  )

/** The same for everybody. */
const all = (servers: Servers) => ({
  x: servers,
  node: servers,
  p1: servers,
})

tellAll(
  {
    '20 internalTrafficPolicy Local: only local endpoints by the cluster IP': async (
      t,
      { lab, apply },
    ) => {
      const policy = { internalTrafficPolicy: 'Local' } as const
      await apply({ web: web(lab, ['p1', 'p2', 'q1'], policy) })
      await check(t, lab, 'service', all({ p1: 3, p2: 3 }))
      await check(t, lab, 'node', { x: { p1: 2, p2: 2, q1: 2 } })
    },

    '20 internalTrafficPolicy Local without local endpoints: silence, but node ports serve': async (
      t,
      { lab, apply },
    ) => {
      const policy = { internalTrafficPolicy: 'Local' } as const
      await apply({ web: web(lab, ['q1'], policy) })
      await check(t, lab, 'service', all(undefined))
      await check(t, lab, 'node', all({ q1: 6 }))
      await apply({ web: web(lab, [], policy) })
      for (const family of families) {
        const refused = await ask(lab, 'x', 'service', { family, protocol: 'tcp' })
        t.deepEqual(counts(refused), { ECONNREFUSED: 6 })
      }
    },

    '21 externalTrafficPolicy Cluster: node ports lead to all, masqueraded': async (
      t,
      { lab, apply },
    ) => {
      await apply({ web: web(lab, ['p1', 'q1'], {}) })
      routeExternal(lab)
      for (const way of ['node', 'external'] as const)
        await check(t, lab, way, all({ p1: 3, q1: 3 }))
      for (const family of families) {
        const own = [addresses.bridge[family], addresses.under[family]].sort()
        t.deepEqual(await seen(lab, 'x', family), own)
      }
    },

    '21 externalTrafficPolicy Local: outsiders come to local endpoints, as who they are': async (
      t,
      { lab, apply },
    ) => {
      await apply({ web: web(lab, ['p1', 'p2', 'q1'], { externalTrafficPolicy: 'Local' }) })
      routeExternal(lab)
      const served = { p1: 2, p2: 2, q1: 2 }
      for (const way of ['node', 'external'] as const)
        await check(t, lab, way, { x: { p1: 3, p2: 3 }, node: served, p1: served })
      await check(t, lab, 'bridge', { p1: served })
      await check(t, lab, 'service', all(served))
      for (const family of families)
        t.deepEqual(await seen(lab, 'x', family), [addresses.x[family]])
    },

    '21 externalTrafficPolicy Local without local endpoints: silence for outsiders alone': async (
      t,
      { lab, apply },
    ) => {
      await apply({ web: web(lab, ['q1', 'q2'], { externalTrafficPolicy: 'Local' }) })
      routeExternal(lab)
      const served = { q1: 3, q2: 3 }
      for (const way of ['node', 'external'] as const)
        await check(t, lab, way, { x: undefined, node: served, p1: served })
      await check(t, lab, 'service', all(served))
    },

    '22 local endpoints that end serve, where no other local one does': async (
      t,
      { lab, apply },
    ) => {
      const leaving = placed(lab, 'p2').map((one) => ({ ...(one as object), terminating: true }))
      const endpoints = [...(leaving as Endpoint[]), ...placed(lab, 'q1')]
      const policies = {
        externalTrafficPolicy: 'Local',
        internalTrafficPolicy: 'Local',
      } as const
      await apply({ web: serviceAt(1, endpoints, { ports, ...policies }) })
      await check(t, lab, 'service', all({ p2: 6 }))
      await check(t, lab, 'node', { x: { p2: 6 }, node: { q1: 6 } })
    },
  },
  { second: true, pods: 2, forwarding: true },
)
