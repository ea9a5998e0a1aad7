import type { ExecutionContext } from 'ava'
import type { Endpoint, Service } from '../../src/config/config.ts'
import type { Family } from '../../src/net/addresses.ts'
import { sysctl } from '../node/story.ts'
import type { Flow, Lab, Place } from './lab.ts'
import { counts, outcomes } from './results.ts'
import { endpointsOf, serviceAt, tellAll, vip } from './scenarios.ts'
import type { Stage } from './scenarios.ts'
import { addresses } from './topology.ts'
import { families } from './shared.ts'

const everyone: readonly Place[] = ['x', 'node', 'p1']

const ports = (['tcp', 'udp'] as const).map((protocol) => ({
  name: protocol,
  protocol,
  port: 80,
  targetPort: 8080,
}))

/** A place of a packet of UDP that is refused: the node itself is told so by the system call. */
const udpRefusal = (from: Place): string => (from === 'node' ? 'EPERM' : 'ECONNREFUSED')

/** What leads nowhere: a service without endpoints, a port of another that it has not, nobody's address. */
const nowhere = [
  { number: 1, port: 80 },
  { number: 2, port: 81 },
  { number: 3, port: 80 },
]

const checkRefused = async (
  t: ExecutionContext,
  lab: Lab,
  { number, port }: { number: number; port: number },
  family: Family,
): Promise<void> => {
  for (const from of everyone) {
    const where = `${from} ${vip(number, family)} ${port}`
    const tcp = await lab.connect(from, vip(number, family), port, { count: 30, timeout: 1000 })
    t.deepEqual(counts(tcp), { ECONNREFUSED: 30 }, where)
  }
}

/** Refusals of UDP are errors of ICMP, of which a node sends no more than a few to each address. */
const checkUdpRefused = async (t: ExecutionContext, lab: Lab, family: Family): Promise<void> => {
  for (const { number, port } of nowhere)
    for (const from of everyone) {
      const options = { protocol: 'udp', timeout: 1000 } as const
      const udp = await lab.connect(from, vip(number, family), port, options)
      t.deepEqual(outcomes(udp), [udpRefusal(from)], `${from} ${vip(number, family)}`)
    }
}

/** Which servers answer, in the order of their names. */
const answering = async (lab: Lab, family: Family, from: Place = 'x'): Promise<string[]> => {
  const options = { count: 6, timeout: 1000 }
  return Object.keys(counts(await lab.connect(from, vip(1, family), 80, options)))
}

const nodePort = 30080

/** An address that the client outside sends to the node. */
const external = { inet: '198.51.100.1', inet6: 'fd00:51::1' }

/** All ways to a service: by its cluster IP, from outside, by a port of the node. */
const ways = families.flatMap((family) => [
  { name: `cluster IP ${family}`, address: vip(1, family), port: 80 },
  { name: `external ${family}`, address: external[family], port: 80 },
  { name: `node port ${family}`, address: addresses.node[family], port: nodePort },
])

const routeExternal = ({ node }: Lab): void => {
  for (const family of families)
    node.ip(`route replace ${external[family]} via ${addresses.node[family]}`, node.ns('x'))
}

/** A service that may be come to by all of them. */
const known = (endpoints: readonly Endpoint[]): Service =>
  serviceAt(1, endpoints, {
    ports: ports.map((port) => ({ ...port, nodePort })),
    externalIPs: Object.values(external),
  })

interface Begun {
  readonly name: string
  readonly flow: Flow
}

/** Flows from everywhere by all ways, from sockets that stay, before there is anybody for them. */
const beginFlows = (lab: Lab): Promise<Begun[]> => {
  routeExternal(lab)
  const begin = async (from: Place, { name, address, port }: (typeof ways)[number]) => {
    const flow = await lab.open(from, address, port, { protocol: 'udp', timeout: 300 })
    return { name: `${from} ${name}: ${flow.first.error ?? flow.first.server}`, flow }
  }
  return Promise.all(everyone.flatMap((from) => ways.map((way) => begin(from, way))))
}

/** Who of them is not served, after two tries at most. */
const unserved = async (flows: readonly Begun[]): Promise<readonly string[]> => {
  const missed = await Promise.all(
    flows.map(async ({ name, flow }) => {
      const asked = [await flow.probe(1000), await flow.probe(1000)]
      await flow.close()
      return asked[1]!.server === 'p2' ? [] : [`${name}, then ${outcomes(asked).join(', ')}`]
    }),
  )
  return missed.flat()
}

const withStates = (lab: Lab, states: readonly Partial<Exclude<Endpoint, string>>[]): Endpoint[] =>
  lab.pods.flatMap(({ inet, inet6 }, index) =>
    [inet, inet6].map((address) => ({ address, ...states[index] })),
  )

const checkStates = async (
  t: ExecutionContext,
  { lab, apply }: Stage,
  states: readonly Partial<Exclude<Endpoint, string>>[],
  expected: readonly string[],
): Promise<void> => {
  await apply({ web: serviceAt(1, withStates(lab, states)) })
  for (const family of families)
    for (const from of ['x', 'node'] as const)
      t.deepEqual(await answering(lab, family, from), expected, `${family} ${from}`)
}

tellAll({
  '17 what leads nowhere is refused at once, to everybody, as often as it is tried': async (
    t,
    { lab, apply },
  ) => {
    t.is(sysctl(lab.node, 'net/ipv4/conf/all/send_redirects'), '1')
    await apply({ none: serviceAt(1, [], { ports }), web: serviceAt(2, endpointsOf(lab)) })
    for (const family of families) {
      await checkUdpRefused(t, lab, family)
      for (const one of nowhere) await checkRefused(t, lab, one, family)
      for (const from of everyone)
        t.is((await lab.connect(from, vip(2, family), 80))[0]!.error, undefined)
    }
  },

  '17 a service without endpoints refuses by all ways, also when it has lost them': async (
    t,
    { lab, apply },
  ) => {
    routeExternal(lab)
    await apply({ web: known(endpointsOf(lab)) })
    for (const { name, address, port } of ways)
      t.is((await lab.connect('x', address, port))[0]!.error, undefined, name)
    await apply({ web: known([]) })
    for (const { name, address, port } of ways)
      for (const from of everyone) {
        const refused = await lab.connect(from, address, port, { count: 10, timeout: 1000 })
        t.deepEqual(counts(refused), { ECONNREFUSED: 10 }, `${from} ${name}`)
      }
  },

  '19 UDP clients that were refused are served by the first endpoint': async (
    t,
    { lab, apply },
  ) => {
    await apply({ web: known([]) })
    const flows = await beginFlows(lab)
    await apply({ web: known(endpointsOf(lab, 'p2')) })
    t.deepEqual(await unserved(flows), [])
  },

  '19 UDP clients that began before their service was known are served': async (
    t,
    { lab, apply },
  ) => {
    const other = serviceAt(2, endpointsOf(lab, 'p1'))
    await apply({ other }, { serviceCIDRs: [] })
    // Some leave by the default route, and are followed to where they went.
    const flows = await beginFlows(lab)
    await apply({ other, web: known(endpointsOf(lab, 'p2')) })
    t.deepEqual(await unserved(flows), [])
  },

  '22 endpoints that are not ready get nothing while another is': async (t, stage) => {
    const leaving = { terminating: true, serving: true }
    const [bad, gone] = [{ ready: false }, { terminating: true, serving: false }]
    await checkStates(t, stage, [{}, bad, leaving, gone], ['p1'])
    await checkStates(t, stage, [leaving, bad, leaving, {}], ['p4'])
    await checkStates(t, stage, [leaving, bad, leaving, gone], ['p1', 'p3'])
    await checkStates(t, stage, [gone, bad, leaving, bad], ['p3'])
    await checkStates(t, stage, [gone, bad, bad, gone], ['ECONNREFUSED'])
    await checkStates(t, stage, [gone, bad, bad, { ready: true }], ['p4'])
  },
})

tellAll(
  {
    '18 without a default route, and with a policy of DROP, services serve and refuse everybody':
      async (t, { lab, apply }) => {
        t.is(lab.node.ip('route show default'), '')
        t.is(lab.node.ip('-6 route show default'), '')
        await apply({
          web: serviceAt(1, endpointsOf(lab, 'p2', 'p3'), { ports }),
          none: serviceAt(2, [], { ports }),
        })
        for (const family of families)
          for (const from of everyone) {
            const refused = await lab.connect(from, vip(2, family), 80, {
              protocol: 'udp',
              timeout: 1000,
            })
            t.deepEqual(outcomes(refused), [udpRefusal(from)], `${from} ${family} udp`)
            for (const number of [2, 9]) {
              const tcp = await lab.connect(from, vip(number, family), 80, { timeout: 1000 })
              t.deepEqual(outcomes(tcp), ['ECONNREFUSED'], `${from} ${vip(number, family)}`)
            }
            for (const protocol of ['tcp', 'udp'] as const) {
              const options = { protocol, count: 4, timeout: 1000 }
              const served = await lab.connect(from, vip(1, family), 80, options)
              t.deepEqual(counts(served), { p2: 2, p3: 2 }, `${from} ${family} ${protocol}`)
            }
          }
      },
  },
  { defaultRoute: false, forward: 'DROP' },
)
