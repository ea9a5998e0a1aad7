import test from 'ava'
import type { ExecutionContext } from 'ava'
import fc from 'fast-check'
import { isDeepStrictEqual } from 'node:util'
import type { Config, Endpoint, Service } from '../../src/config/config.ts'
import { expand } from '../../src/expand/index.ts'
import { familyOf } from '../../src/net/addresses.ts'
import type { Family } from '../../src/net/addresses.ts'
import { rulesOf } from '../../src/resources/chain.ts'
import { describe } from '../trace/describe.ts'
import { trace } from '../trace/trace.ts'
import type { Packet, Trace } from '../trace/trace.ts'
import { chainsOf, nodeAddresses, resourcesOf, standOf, toSave } from './desired.ts'
import type { Stand } from './desired.ts'
import { addressOf, nodeName, pool, serviceSets, toConfig, toYaml } from './generate.ts'
import type { ServiceSet } from './generate.ts'
import { judge } from './oracle.ts'
import type { Fate, NodeFacts, Question } from './oracle.ts'

const families = ['inet', 'inet6'] as const

const facts: NodeFacts = {
  nodeName,
  addresses: [...nodeAddresses.inet, ...nodeAddresses.inet6],
}

/** The node, as far as the file has it. */
const node: Config = {
  interfaces: {
    eth0: { addresses: ['192.168.77.1/24', 'fd00:77::1/64'] },
    eth1: { addresses: ['10.0.0.1/24', 'fd00:10::1/64'] },
  },
  bridges: { br0: { addresses: ['10.244.0.1/24', 'fd00:244::1/64'] } },
}

/** Two pods of this node that the file has, for those whose `podCIDRs` are not there. */
const pods: Config = {
  namespaces: { one: {}, two: {} },
  veths: Object.fromEntries(
    ['one', 'two'].map((namespace, host) => [
      `veth-${namespace}`,
      {
        bridge: 'br0',
        peer: {
          name: 'eth0',
          namespace,
          addresses: [
            `${addressOf('here', host, 'inet')}/24`,
            `${addressOf('here', host, 'inet6')}/64`,
          ],
        },
      },
    ]),
  ),
}

const standFor = async (config: Config): Promise<Stand> =>
  standOf(await resourcesOf(toYaml(config), nodeName))

// Where packets come from.

type Sender = 'pod' | 'node' | 'outside' | 'other node' | 'other pod' | 'far' | 'second pod'

const senders: Readonly<
  Record<
    Exclude<Sender, 'node'>,
    { readonly at: string; readonly six: string; readonly by: string }
  >
> = {
  pod: { at: '10.244.0.11', six: 'fd00:244::11', by: 'br0' },
  'second pod': { at: '10.244.0.12', six: 'fd00:244::12', by: 'br0' },
  'other pod': { at: '10.244.1.11', six: 'fd00:244:0:1::11', by: 'eth1' },
  'other node': { at: '10.0.0.2', six: 'fd00:10::2', by: 'eth1' },
  outside: { at: '192.168.77.2', six: 'fd00:77::2', by: 'eth0' },
  far: { at: '203.0.113.9', six: '2001:db8:9::9', by: 'eth0' },
}

const packetOf = (from: Sender, to: Omit<Question, 'source'>): Packet => {
  const { destination, protocol, port } = to
  const family = familyOf(destination)
  const common = { destination, protocol, sport: 40_000, dport: port }
  if (from !== 'node') {
    const { at, six, by } = senders[from]
    const source = family === 'inet' ? at : six
    return { ...common, source, origin: 'forwarded', inInterface: by }
  }
  // To itself, a node speaks as whom it speaks to.
  const isOwn = nodeAddresses[family].includes(destination)
  const source = isOwn ? destination : (nodeAddresses[family][0] ?? '')
  return { ...common, source, origin: 'local' }
}

const questionOf = ({ source, destination, protocol, dport = 0 }: Packet): Question => ({
  source,
  destination,
  protocol: protocol === 'icmp' ? 'tcp' : protocol,
  port: dport,
})

const send = ({ rules, world }: Stand, packet: Packet): Trace =>
  trace(rules[familyOf(packet.destination)], packet, world)

const socket = ({ address, port }: Trace['destination']): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`

const hostOf = (text: string): string => text.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')

/** How a packet is refused: at once, whatever it is of. */
const isRefusal = ({ protocol }: Packet, { rejectWith }: Trace): boolean =>
  protocol === 'tcp' ? rejectWith === 'tcp-reset' : (rejectWith ?? '').endsWith('port-unreachable')

/** What is wrong with where a packet went; undefined: nothing. */
const complaint = (packet: Packet, fate: Fate, went: Trace): string | undefined => {
  const { verdict, masqueraded, destination } = went
  switch (fate.fate) {
    case 'refused':
      return verdict === 'reject' && isRefusal(packet, went) ? undefined : 'is not refused'
    case 'dropped':
      return verdict === 'drop' ? undefined : 'is not dropped'
    case 'untouched': {
      const isSame =
        verdict === 'accept' &&
        !masqueraded &&
        went.mark === 0 &&
        destination.address === packet.destination &&
        destination.port === packet.dport
      return isSame ? undefined : 'is not left alone'
    }
    case 'led': {
      const to = socket(destination)
      if (verdict !== 'accept' || !fate.among.includes(to)) return 'is not led to an endpoint'
      const isItself = hostOf(to) === packet.source && fate.local.includes(to)
      if (went.mark !== 0) return 'keeps its mark'
      return masqueraded === (fate.masqueraded || isItself) ? undefined : 'is masqueraded or not'
    }
  }
}

// As a table, like that of kube-proxy's runPacketFlowTests.

const at = (family: Family, inet: string, inet6: string): string =>
  family === 'inet' ? inet : inet6

/** Endpoints: L and M are on this node, R and S on another; small ones are about to end. */
const letters = (text: string): Endpoint[] =>
  text.split('').flatMap((letter) =>
    families.map((family): Endpoint => {
      const [site, host] = (
        { L: ['here', 1], M: ['here', 2], R: ['there', 1], S: ['there', 2] } as const
      )[letter.toUpperCase() as 'L' | 'M' | 'R' | 'S']
      const address = addressOf(site, host, family)
      return letter === letter.toUpperCase() ? address : { address, terminating: true }
    }),
  )

/** Who may answer, `*` where they see the node's address; refused (!) or dropped (-). */
const TABLE = `
endpoints | target       | policy  | pod | node | outside | other node
          | cluster IP   | Cluster | !   | !    | !       | !
          | cluster IP   | Local   | !   | !    | !       | !
          | node port    | Cluster | !   | !    | !       | !
          | node port    | Local   | !   | !    | !       | !
          | external IP  | Cluster | !   | !    | !       | !
          | external IP  | Local   | !   | !    | !       | !
          | balancer     | Cluster | !   | !    | !       | !
          | restricted   | Cluster | !   | !    | !       | !
          | restricted   | Local   | !   | !    | !       | !
L         | cluster IP   | Cluster | L   | L*   | L*      | L*
L         | cluster IP   | Local   | L   | L*   | L*      | L*
L         | node port    | Cluster | L*  | L*   | L*      | L*
L         | node port    | Local   | L   | L*   | L       | L
L         | external IP  | Cluster | L*  | L*   | L*      | L*
L         | external IP  | Local   | L   | L*   | L       | L
L         | balancer     | Cluster | L*  | L*   | L*      | L*
L         | balancer     | Local   | L   | L*   | L       | L
L         | restricted   | Cluster | -   | L*   | L*      | -
L         | restricted   | Local   | -   | L*   | L       | -
LMRS      | cluster IP   | Cluster | LMRS  | LMRS* | LMRS* | LMRS*
LMRS      | cluster IP   | Local   | LM    | LM*   | LM*   | LM*
LMRS      | node port    | Cluster | LMRS* | LMRS* | LMRS* | LMRS*
LMRS      | node port    | Local   | LMRS  | LMRS* | LM    | LM
LMRS      | external IP  | Cluster | LMRS* | LMRS* | LMRS* | LMRS*
LMRS      | external IP  | Local   | LMRS  | LMRS* | LM    | LM
LMRS      | balancer     | Cluster | LMRS* | LMRS* | LMRS* | LMRS*
LMRS      | balancer     | Local   | LMRS  | LMRS* | LM    | LM
LMRS      | restricted   | Cluster | -     | LMRS* | LMRS* | -
LMRS      | restricted   | Local   | -     | LMRS* | LM    | -
RS        | cluster IP   | Cluster | RS  | RS*  | RS*     | RS*
RS        | cluster IP   | Local   | -   | -    | -       | -
RS        | node port    | Cluster | RS* | RS*  | RS*     | RS*
RS        | node port    | Local   | RS  | RS*  | -       | -
RS        | external IP  | Cluster | RS* | RS*  | RS*     | RS*
RS        | external IP  | Local   | RS  | RS*  | -       | -
RS        | balancer     | Local   | RS  | RS*  | -       | -
RS        | restricted   | Cluster | -   | RS*  | RS*     | -
RS        | restricted   | Local   | -   | RS*  | -       | -
lR        | cluster IP   | Cluster | R   | R*   | R*      | R*
lR        | cluster IP   | Local   | L   | L*   | L*      | L*
lR        | node port    | Cluster | R*  | R*   | R*      | R*
lR        | node port    | Local   | R   | R*   | L       | L
lR        | external IP  | Local   | R   | R*   | L       | L
lR        | balancer     | Local   | R   | R*   | L       | L
lMR       | node port    | Local   | MR  | MR*  | M       | M
Lr        | cluster IP   | Cluster | L   | L*   | L*      | L*
Lr        | node port    | Cluster | L*  | L*   | L*      | L*
lr        | cluster IP   | Cluster | LR  | LR*  | LR*     | LR*
lr        | cluster IP   | Local   | L   | L*   | L*      | L*
lr        | node port    | Cluster | LR* | LR*  | LR*     | LR*
lr        | node port    | Local   | LR  | LR*  | L       | L
lr        | restricted   | Local   | -   | LR*  | L       | -
rs        | cluster IP   | Local   | -   | -    | -       | -
rs        | node port    | Local   | RS  | RS*  | -       | -
`

const rows = TABLE.trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split('|').map((cell) => cell.trim()))

const columns: readonly Sender[] = ['pod', 'node', 'outside', 'other node']

const targetOf = (target: string, family: Family): Omit<Question, 'source'> => {
  const [address, port] = {
    'cluster IP': [at(family, '10.96.0.10', 'fd00:96::10'), 80],
    'node port': [at(family, '192.168.77.1', 'fd00:77::1'), 30_080],
    'external IP': [at(family, '192.0.2.1', '2001:db8::1'), 80],
    balancer: [at(family, '198.51.100.1', '2001:db8:1::1'), 80],
    restricted: [at(family, '198.51.100.1', '2001:db8:1::1'), 80],
  }[target] as [string, number]
  return { destination: address, protocol: 'tcp', port }
}

const rowConfig = (endpoints: string, target: string, policy: string): Config => {
  const isInside = target === 'cluster IP'
  const service: Service = {
    clusterIPs: ['10.96.0.10', 'fd00:96::10'],
    ports: [{ port: 80, targetPort: 8080, nodePort: 30_080 }],
    externalIPs: ['192.0.2.1', '2001:db8::1'],
    loadBalancerIPs: ['198.51.100.1', '2001:db8:1::1'],
    endpoints: letters(endpoints),
    [isInside ? 'internalTrafficPolicy' : 'externalTrafficPolicy']: policy as 'Local',
    ...(target === 'restricted'
      ? { loadBalancerSourceRanges: ['192.168.77.0/24', 'fd00:77::/64'] }
      : {}),
  }
  return {
    version: 1,
    ...node,
    serviceProxy: {
      serviceCIDRs: Object.values(pool.serviceCIDRs),
      clusterCIDRs: Object.values(pool.clusterCIDRs),
      podCIDRs: Object.values(pool.podCIDRs),
    },
    services: { web: service },
  }
}

const namesOf = { '12': 'L', '13': 'M' } as const
const remoteNames = { '12': 'R', '13': 'S' } as const

const letterOf = (address: string): string => {
  const last = (/(\d+)$/.exec(address)?.[1] ?? '') as '12' | '13'
  const isHere = /^(10\.244\.0\.|fd00:244::)/.test(address)
  return isHere ? namesOf[last] : remoteNames[last]
}

/** What a packet finds out in so many tries. */
const found = (stand: Stand, packet: Packet): string => {
  const tries = Array.from({ length: 8 }, () => send(stand, packet))
  const outcomes = new Set(
    tries.map(({ verdict, masqueraded }) =>
      verdict === 'reject' ? '!' : verdict === 'drop' ? '-' : masqueraded ? '*' : '',
    ),
  )
  const [only = ''] = outcomes
  if (outcomes.size > 1) return 'now so, now so'
  if (only === '!' || only === '-') return only
  const to = tries.map(({ destination }) => letterOf(destination.address))
  return `${[...new Set(to)].sort().join('')}${only}`
}

for (const family of families)
  test(`${family}: packets go where the table says, and the oracle agrees`, async (t) => {
    for (const [endpoints = '', target = '', policy = '', ...cells] of rows) {
      const config = rowConfig(endpoints, target, policy)
      const stand = await standFor(config)
      const got: string[] = []
      for (const sender of columns) {
        const packet = packetOf(sender, targetOf(target, family))
        got.push(found(stand, packet))
        const fate = judge(config, facts, questionOf(packet))
        t.is(complaint(packet, fate, send(stand, packet)), undefined)
      }
      t.deepEqual(got, cells, `${endpoints} ${target} ${policy}`)
    }
  })

const nodePortCases: readonly Config['serviceProxy'][] = [undefined, true].flatMap((localhost) =>
  [
    undefined,
    ['0.0.0.0/0', '::/0'],
    ['192.168.77.0/24', 'fd00:77::/64'],
    // IPv4 alone: of IPv6, all are served.
    ['10.0.0.1/32'],
  ].flatMap((nodePortAddresses) =>
    [Object.values(pool.serviceCIDRs), []].map((serviceCIDRs) => ({
      serviceCIDRs,
      ...(localhost ? { localhostNodePorts: true } : {}),
      ...(nodePortAddresses ? { nodePortAddresses } : {}),
    })),
  ),
)

test('node ports are on the addresses that are asked for, and on no others', async (t) => {
  for (const serviceProxy of nodePortCases)
    for (const externalIPs of [[], ['192.0.2.1', '2001:db8::1']]) {
      const config: Config = {
        ...node,
        ...(serviceProxy ? { serviceProxy } : {}),
        services: {
          web: {
            clusterIPs: ['10.96.0.10', 'fd00:96::10'],
            externalIPs,
            ports: [{ port: 80, targetPort: 8080, nodePort: 30_080 }],
            endpoints: letters('LR'),
          },
        },
      }
      const stand = await standFor(config)
      for (const family of families) {
        const others = at(
          family,
          '10.96.0.10 10.96.0.11 192.0.2.1',
          'fd00:96::10 fd00:96::11 2001:db8::1',
        )
        for (const destination of [...nodeAddresses[family], ...others.split(' ')]) {
          const packet = packetOf('node', { destination, protocol: 'tcp', port: 30_080 })
          const fate = judge(config, facts, questionOf(packet))
          const about = `${destination} with ${JSON.stringify(serviceProxy)}`
          t.is(complaint(packet, fate, send(stand, packet)), undefined, about)
        }
      }
    }
})

// As a property.

interface Letter {
  readonly from: Sender
  readonly service: number
  readonly port: number
  readonly address: number
  readonly to: 'address' | 'port' | 'node port' | 'vip at node port' | 'empty' | 'elsewhere'
  readonly six: boolean
}

const packetShapes: fc.Arbitrary<Letter> = fc.record({
  from: fc.constantFrom<Sender>('pod', 'node', ...(Object.keys(senders) as Sender[])),
  service: fc.nat(1000),
  port: fc.nat(10),
  address: fc.nat(100),
  to: fc.constantFrom(
    'address',
    'address',
    'node port',
    'address',
    'node port',
    'port',
    'vip at node port',
    'empty',
    'elsewhere',
  ),
  six: fc.boolean(),
})

const pick = <T>(list: readonly T[], number: number): T | undefined =>
  list[number % Math.max(1, list.length)]

const elsewhere: Readonly<Record<Family, readonly string[]>> = {
  inet: ['10.244.0.12', '10.244.1.12', '203.0.113.77', '192.168.77.1'],
  inet6: ['fd00:244::12', 'fd00:244:0:1::12', '2001:db8:9::77', 'fd00:77::1'],
}

/** The packet that the numbers stand for; undefined: there is no such thing there. */
const toPacket = (shape: Letter, config: Config): Packet | undefined => {
  const service = pick(Object.values(config.services ?? {}), shape.service)
  const servicePort = service && pick(service.ports, shape.port)
  if (!servicePort) return undefined
  const { port, nodePort = 30_001, protocol = 'tcp' } = servicePort
  const { clusterIPs = [], externalIPs = [], loadBalancerIPs = [] } = service
  const own = pick(
    [...clusterIPs, ...externalIPs, ...loadBalancerIPs],
    shape.address,
  )?.toLowerCase()
  const family = shape.six ? 'inet6' : 'inet'
  const to = (destination: string | undefined, number: number): Packet | undefined =>
    // The documentation's way to write an address is not the kernel's.
    destination === undefined
      ? undefined
      : packetOf(shape.from, {
          destination: destination.replace(':0::', '::'),
          port: number,
          protocol,
        })
  switch (shape.to) {
    case 'address':
      return to(own, port)
    case 'port':
      return to(own, 4321)
    case 'vip at node port':
      return to(own, nodePort)
    case 'empty':
      return to(
        at(family, '10.96.255.250', 'fd00:96::fffa'),
        pick([port, nodePort], shape.address)!,
      )
    case 'elsewhere':
      return to(pick(elsewhere[family], shape.address), port)
    case 'node port': {
      const all = nodeAddresses[family]
      // From outside, no packet arrives for a loopback address.
      const addresses = shape.from === 'node' ? all : all.filter((one) => !/^(127|::1$)/.test(one))
      return to(pick(addresses, shape.address), nodePort)
    }
  }
}

interface Scene {
  readonly set: ServiceSet
  readonly declared: boolean
  readonly packets: readonly Letter[]
}

const scenes = (packets: number): fc.Arbitrary<Scene> =>
  fc.record({
    set: serviceSets({ minLength: 1, maxLength: 12 }),
    declared: fc.boolean(),
    packets: fc.array(packetShapes, { minLength: 1, maxLength: packets, size: 'max' }),
  })

const checkScene = async ({ set, declared, packets }: Scene): Promise<void> => {
  const config = toConfig(set, declared ? { ...node, ...pods } : node)
  const stand = await standFor(config)
  for (const shape of packets) {
    const packet = toPacket(shape, config)
    if (!packet) continue
    const fate = judge(config, facts, questionOf(packet))
    const went = send(stand, packet)
    const wrong = complaint(packet, fate, went)
    if (wrong !== undefined)
      throw new Error(
        [
          `${JSON.stringify(packet)} ${wrong}`,
          `expected ${JSON.stringify(fate)}`,
          describe(went),
          toYaml(config),
        ].join('\n'),
      )
  }
}

/** Runs a property; a failure shows the seed and the smallest set that still fails. */
const checkAll = async <T>(
  t: ExecutionContext,
  count: number,
  property: fc.IAsyncProperty<T>,
): Promise<void> => {
  const seed = Number(process.env['NETPLAN_SEED'] ?? Date.now() % 0x7fffffff)
  const numRuns = Number(process.env['NETPLAN_RUNS'] ?? count)
  const path = process.env['NETPLAN_PATH']
  t.log(`seed ${seed}, ${numRuns} runs`)
  const result = await fc.check(property, {
    seed,
    numRuns,
    ...(path === undefined ? {} : { path }),
  })
  if (result.failed) t.fail(`${String(result.errorInstance)}\n${fc.defaultReportMessage(result)}`)
  else t.pass()
}

test('packets of generated services go where the oracle says', async (t) => {
  t.timeout(240_000)
  await checkAll(t, 200, fc.asyncProperty(scenes(30), checkScene))
})

// How services are laid out.

const expandNow = (config: Config) => expand(config, () => undefined, nodeName).resources

test('the layout does not depend on the order of services in the file', async (t) => {
  const property = fc.asyncProperty(
    serviceSets({ minLength: 2, maxLength: 40 }),
    fc.infiniteStream(fc.nat(1000)),
    async (set, numbers) => {
      const config = toConfig(set, node)
      const entries = Object.entries(config.services ?? {})
      const keyed = entries.map((entry) => ({ entry, key: numbers.next().value as number }))
      const shuffled = keyed.sort((a, b) => a.key - b.key).map(({ entry }) => entry)
      const other = { ...config, services: Object.fromEntries(shuffled) }
      const texts = [config, other].map((one) =>
        families.map((family) => toSave(expandNow(one), family)),
      )
      if (!isDeepStrictEqual(texts[0], texts[1])) throw new Error('other rules')
      await Promise.resolve()
    },
  )
  await checkAll(t, 60, property)
})

const manyEndpoints = (count: number, family: Family): string[] =>
  Array.from({ length: count }, (_, index) =>
    at(
      family,
      `10.244.${1 + (index >> 8)}.${index & 255}`,
      `fd00:244:0:1::${(index + 1).toString(16)}`,
    ),
  )

const balanced = (count: number, family: Family, more: Partial<Service> = {}): Config => ({
  serviceProxy: { clusterCIDRs: Object.values(pool.clusterCIDRs) },
  services: {
    web: {
      clusterIPs: [at(family, '10.96.0.10', 'fd00:96::10')],
      ports: [{ port: 80, targetPort: 8080 }],
      endpoints: manyEndpoints(count, family),
      ...more,
    },
  },
})

const sizes = [...Array.from({ length: 40 }, (_, index) => index + 1), 100, 319, 1000]

test('round robin is exact: after every round each endpoint had as many as the others', (t) => {
  for (const [index, count] of sizes.entries()) {
    const family = families[index % 2] ?? 'inet'
    const stand = standOf(expandNow(balanced(count, family)))
    const packet = packetOf('pod', targetOf('cluster IP', family))
    const times = new Map<string, number>()
    for (let round = 1; round <= 4; round += 1) {
      for (let turn = 0; turn < count; turn += 1) {
        const { address } = send(stand, packet).destination
        times.set(address, (times.get(address) ?? 0) + 1)
      }
      const wanted = manyEndpoints(count, family).map((address) => [address, round])
      t.deepEqual(new Map([...times].sort()), new Map(wanted.sort() as [string, number][]))
    }
  }
})

const probability = /--mode random --probability ([\d.]+)/

/** How likely each endpoint is, by what the rules say. */
const chances = (config: Config, family: Family): ReadonlyMap<string, number> => {
  const chains = new Map(chainsOf(expandNow(config), family).map((one) => [one.chain, one]))
  const sums = new Map<string, number>()
  const walk = (chain: string, share: number): void => {
    let left = share
    for (const rule of rulesOf(chains.get(chain)!)) {
      const [, to] = /--to-destination (\S+)/.exec(rule) ?? []
      const [, next] = /-g (\S+)$/.exec(rule) ?? []
      if (to === undefined && next === undefined) continue
      const part = left * Number(probability.exec(rule)?.[1] ?? 1)
      left -= part
      if (to === undefined) walk(next ?? '', part)
      else sums.set(to, (sums.get(to) ?? 0) + part)
    }
    // The last rule takes all that is left.
    if (left !== 0) throw new Error(`${chain} leaves ${left} out`)
  }
  walk([...chains.keys()].find((chain) => chain.includes('-SVC-')) ?? '', 1)
  return sums
}

test('random: the probabilities multiply out to the same for each', (t) => {
  for (const count of sizes) {
    const found = [
      ...chances(balanced(count, 'inet', { loadBalancing: 'random' }), 'inet').values(),
    ]
    t.is(found.length, count)
    for (const one of found) t.true(Math.abs(one * count - 1) < 1e-6, `${one} of ${count}`)
  }
})

const hex = (digits: string): string => (digits.match(/.{4}/g) ?? []).join(':')

const fromDigits = (digits: string, family: Family): string =>
  family === 'inet'
    ? (digits.match(/.{2}/g) ?? []).map((byte) => parseInt(byte, 16)).join('.')
    : hex(digits)

/** Digits of so many addresses that make a trie as deep as can be. */
const unlucky: Readonly<Record<string, (index: number, length: number) => string>> = {
  // In pairs that share all but the last digit.
  pairs: (index, length) => {
    const stem = ((index >> 1) * 2654435761) % 2 ** 32
    const digits = stem
      .toString(16)
      .padStart(8, '0')
      .repeat(4)
      .slice(0, length - 2)
    return `${digits}${index & 1}1`
  },
  // Every digit is one of two.
  halves: (index, length) => {
    const bits = index.toString(2).padStart(14, '0')
    return length === 8 ? parseInt(bits, 2).toString(16).padStart(8, '0') : bits.padStart(32, '0')
  },
  // At every digit, some leave the others.
  steps: (index, length) => {
    const at = Math.floor(index / 15) % length
    const digits = '0'.repeat(at) + (1 + (index % 15)).toString(16)
    const rest = Math.floor(index / (15 * length))
    return digits.padEnd(length, '0').slice(0, length - 4) + rest.toString(16).padStart(4, '0')
  },
  // A crowd that many single ones lead away from.
  crowd: (index, length) =>
    index < length - 4
      ? `${'0'.repeat(index)}1`.padEnd(length, '0')
      : index.toString(16).padStart(length, '0'),
}

const addressSet = (name: string, family: Family, count: number): readonly string[] => {
  const length = family === 'inet' ? 8 : 32
  const start = family === 'inet' ? '0a' : 'fd'
  const all = Array.from({ length: count }, (_, index) => {
    const digits = unlucky[name]?.(index, length) ?? ''
    return fromDigits(start + digits.slice(2), family)
  })
  return [...new Set(all)]
}

for (const name of Object.keys(unlucky))
  for (const family of families)
    test(`${family}: 10,000 services at unlucky addresses are at most 15 chains deep: ${name}`, (t) => {
      const addresses = addressSet(name, family, 10_000)
      // All of them as services, every second without endpoints; and all of them as endpoints.
      const services: [string, Service][] = addresses.map((address, index) => [
        `svc-${index}`,
        {
          externalIPs: [address],
          ports: [{ port: 80, ...(index < 2768 ? { nodePort: 30_000 + index } : {}) }],
          endpoints: index % 2 === 0 ? [] : [addresses[index] ?? ''],
          externalTrafficPolicy: 'Local',
        },
      ])
      const config: Config = {
        serviceProxy: { podCIDRs: [at(family, '10.0.0.0/8', 'fd00::/8')] },
        services: {
          ...Object.fromEntries(services),
          wide: {
            loadBalancerIPs: [addresses[1] ?? ''],
            loadBalancerSourceRanges: [at(family, '10.0.0.0/8', 'fd00::/8')],
            ports: [{ port: 81 }],
            endpoints: manyEndpoints(1000, family),
          },
        },
      }
      const resources = expandNow(config)
      // It throws where anything is deeper.
      t.notThrows(() => standOf(resources))
      const tries = chainsOf(resources, family).filter(({ chain }) =>
        /^NP\d+-([TNFH]-|VIPS|NODEPORTS|HAIRPIN|REFUSE-)/.test(chain),
      )
      const widest = Math.max(...tries.map((one) => rulesOf(one).length))
      t.log(`${addresses.length} addresses, ${tries.length} chains, the widest of ${widest} rules`)
    })
