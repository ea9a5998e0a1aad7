import { isDeepStrictEqual } from 'node:util'
import type { ExecutionContext } from 'ava'
import fc from 'fast-check'
import { contains, familyOf } from '../../src/net/addresses.ts'
import type { Family } from '../../src/net/addresses.ts'
import type { Config, Service } from '../../src/config/config.ts'
import type { Backend } from '../../src/iptables/restore.ts'
import type { Plan } from '../../src/plan/plan.ts'
import { rulesOf } from '../../src/resources/chain.ts'
import type { Chain } from '../../src/resources/chain.ts'
import { createNode, failureOf } from '../node/harness.ts'
import type { Done, TestNode } from '../node/harness.ts'
import { changesOf } from '../node/story.ts'
import { chainsOf, resourcesOf } from './desired.ts'
import { countedRules, restore, save } from './firewall.ts'
import type { Counted } from './firewall.ts'
import {
  editConfig,
  edits,
  familiesOf,
  nodeName,
  serviceSets,
  toConfig,
  toYaml,
} from './generate.ts'
import type { Edit, ServiceSet } from './generate.ts'

const families = ['inet', 'inet6'] as const

const tables = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
}

/** What others have on the node: chains, and rules in every built-in chain, and policies. */
const foreign = (): string =>
  Object.entries(tables)
    .map(([table, names]) => {
      const policy = table === 'filter' ? ':FORWARD DROP [0:0]\n' : ''
      const rules = names.map(
        (name) =>
          `-A ${name} -p udp -m udp --dport 7 -m comment --comment "of others" -j OTHERS\n` +
          `-A ${name} -p tcp -m tcp --dport 7 -j ACCEPT\n`,
      )
      return `*${table}\n${policy}:OTHERS - [0:0]\n-A OTHERS -p udp -m udp --sport 9 -j RETURN\n${rules.join('')}COMMIT\n`
    })
    .join('')

const isOurs = (line: string): boolean => /^:NP\d+-|^-A NP\d+-|-[jg] NP\d+-\S+$/.test(line)

const foreignLines = (node: TestNode, backend: Backend): string =>
  families
    .map((family) => save({ node, backend }, family))
    .join('')
    .split('\n')
    .filter((line) => !isOurs(line))
    .join('\n')

const assertDone = (what: string, done: Done): void => {
  const failure = failureOf(done)
  if (failure !== undefined) throw new Error(`${what}: ${failure}`)
}

const assertSame = (what: string, before: unknown, after: unknown): void => {
  if (!isDeepStrictEqual(before, after))
    throw new Error(`${what}:\n${String(before)}\n---\n${String(after)}`)
}

// What an edit of one service may rewrite.

const key = ({ family, table, chain }: Pick<Chain, 'family' | 'table' | 'chain'>): string =>
  `chain ${family === 'inet' ? 'ip' : 'ip6'} ${table} ${chain}`

const trieRoots = /^NP\d+-(?:VIPS|NODEPORTS|HAIRPIN|REFUSE-VIPS)$/

const branch = /^((?:-[sd] \S+)|(?:-p (\S+) -m \S+ --dport (\d+):(\d+))) -g (NP\d+-[TNFH]-\S+)$/

/** What a trie's chain is for: an address or a port, as `udp 53`, is there or not. */
type Span = (point: string) => boolean

const spanOf = (rule: RegExpExecArray): Span => {
  const [, match = '', protocol = '', low = '0', high = '0'] = rule
  if (protocol === '') {
    const prefix = match.slice(3)
    return (point) =>
      !point.includes(' ') && familyOf(prefix) === familyOf(point) && contains(prefix, point)
  }
  return (point) => {
    const [name, number] = point.split(' ')
    return name === protocol && Number(low) <= Number(number) && Number(number) <= Number(high)
  }
}

interface Node {
  readonly span: Span
  readonly parent: string | undefined
}

/** The chains of all tries, by what plans call them. */
const triesOf = (chains: readonly Chain[]): ReadonlyMap<string, Node> => {
  const nodes = new Map<string, Node>()
  for (const one of chains) {
    if (trieRoots.test(one.chain)) nodes.set(key(one), { span: () => true, parent: undefined })
    for (const text of rulesOf(one)) {
      const rule = branch.exec(text)
      if (!rule) continue
      const child = { ...one, chain: rule[5] ?? '' }
      nodes.set(key(child), { span: spanOf(rule), parent: key(one) })
    }
  }
  return nodes
}

const ofOnePort = /^NP\d+-(?:SVC|SVL|EXT|FW|E)-/

/** Both states of a file around an edit. */
interface Sides {
  readonly before: Config
  readonly after: Config
  readonly service: string
}

const textOf = (one: string | { readonly address: string }): string =>
  typeof one === 'string' ? one : one.address

/** Every address and port that the service has or had: what the tries find. */
const pointsOf = ({ before, after, service }: Sides): readonly string[] =>
  [before, after].flatMap((config) => {
    const one: Service | undefined = config.services?.[service]
    if (!one) return []
    const { clusterIPs = [], externalIPs = [], loadBalancerIPs = [], endpoints = [], ports } = one
    return [
      ...[...clusterIPs, ...externalIPs, ...loadBalancerIPs, ...endpoints.map(textOf)],
      ...ports.map(({ protocol = 'tcp', nodePort = 0 }) => `${protocol} ${nodePort}`),
    ]
  })

const alone = async (config: Config, service: string): Promise<readonly Chain[]> => {
  const one = config.services?.[service]
  if (!one) return []
  const yaml = toYaml({ ...config, services: { [service]: one } })
  const resources = await resourcesOf(yaml, nodeName)
  return families.flatMap((family) => chainsOf(resources, family))
}

const allChains = async (config: Config): Promise<readonly Chain[]> => {
  const resources = await resourcesOf(toYaml(config), nodeName)
  return families.flatMap((family) => chainsOf(resources, family))
}

const namesIn = (chains: readonly Chain[]): ReadonlySet<string> => new Set(chains.map(key))

const familiesIn = ({ services = {}, serviceProxy = {} }: Config): readonly Family[] => [
  ...new Set([
    ...Object.values(services).flatMap(familiesOf),
    ...(serviceProxy.serviceCIDRs ?? []).map(familyOf),
  ]),
]

/** What the service refuses, as far as it shows outside of its own chains: by whom nobody is there. */
const localEndpoints = (chains: readonly Chain[]): string => {
  const found = chains
    .filter(({ chain }) => /-(?:HAIRPIN|H-.*)$/.test(chain))
    .flatMap((one) => rulesOf(one).filter((rule) => rule.endsWith('MASQUERADE')))
  return [...new Set(found)].sort().join()
}

const refusals = (chains: readonly Chain[]): string => {
  const found = chains
    .filter(({ chain }) => /-(?:REFUSE|REFUSE-VIPS|REFUSE-PORTS|F-.*)$/.test(chain))
    .flatMap((one) => rulesOf(one).filter((rule) => !/-g NP\d+-F-|-j NP\d+-REFUSE-/.test(rule)))
  return found.sort().join()
}

/** The changes that an edit of that service has no business with. */
const strangers = async (sides: Sides, plan: Plan): Promise<readonly string[]> => {
  const [before, after] = await Promise.all([allChains(sides.before), allChains(sides.after)])
  const own = await Promise.all([sides.before, sides.after].map((one) => alone(one, sides.service)))
  const ownNames = namesIn(own.flat().filter(({ chain }) => ofOnePort.test(chain)))
  const points = pointsOf(sides)
  const [was, is] = [triesOf(before), triesOf(after)]
  const isOnPath = (name: string): boolean =>
    [was, is].some((tries) => {
      const node = tries.get(name)
      return node !== undefined && points.some(node.span)
    })
  const sameFamilies = isDeepStrictEqual(
    [...familiesIn(sides.before)].sort(),
    [...familiesIn(sides.after)].sort(),
  )
  const hairpinSame = localEndpoints(own[0]!) === localEndpoints(own[1]!)
  const refusalSame = refusals(own[0]!) === refusals(own[1]!)
  const mayChange = ({ identity, action, kind }: Plan['changes'][number]): boolean => {
    // The first service of a family brings everything with it.
    if (!sameFamilies) return true
    if (kind === 'route') return points.some((point) => identity.includes(point))
    if (kind !== 'chain') return false
    if (ownNames.has(identity)) return true
    const [, , , chain = ''] = identity.split(' ')
    const name = chain.replace(/^NP\d+-/, '')
    if (/^(?:HAIRPIN|H-)/.test(name) && hairpinSame) return false
    if (/^(?:REFUSE|F-)/.test(name) && refusalSame) return false
    if (isOnPath(identity)) return true
    // A leaf that gets too full is split, and one that is empty enough is joined.
    const parents = [was, is].map((tries) => tries.get(identity)?.parent)
    if (action !== 'update' && parents.some((one) => one !== undefined && isOnPath(one)))
      return true
    if (name === 'REFUSE' || name === 'REFUSE-PORTS') return true
    if (name === 'POSTROUTING') return isGuardOther(/^NP\d+-HAIRPIN$/)
    return name === 'SERVICES' && isGuardOther(/^NP\d+-(?:VIPS|NODEPORTS)$/)
  }
  /** Whether such chains came or went, or what all addresses share became another. */
  const isGuardOther = (names: RegExp): boolean => {
    const { serviceCIDRs = [] } = sides.after.serviceProxy ?? {}
    const [a, b] = [before, after].map((chains) => ({
      roots: [...namesIn(chains.filter(({ chain }) => names.test(chain)))].sort(),
      shared: families.map((family) => sharedDigits(chains, family, serviceCIDRs)),
    }))
    return !isDeepStrictEqual(a, b)
  }
  return plan.changes.filter((change) => !mayChange(change)).map(({ identity }) => identity)
}

/**
 * What the way to services begins with: what the addresses outside of their networks share, and whether
 * there are any within each.
 */
const sharedDigits = (
  chains: readonly Chain[],
  family: Family,
  networks: readonly string[],
): readonly string[] => {
  const leaves = chains
    .filter((one) => one.family === family && /^NP\d+-(?:VIPS|T-.*)$/.test(one.chain))
    .flatMap((one) => rulesOf(one))
    .flatMap((rule) => /^-d (\S+)\/(?:32|128) /.exec(rule)?.[1] ?? [])
  const within = (network: string) => (address: string) =>
    familyOf(network) === family && contains(network, address)
  const outside = leaves.filter((address) => !networks.some((one) => within(one)(address)))
  const inside = networks.filter((one) => leaves.some(within(one)))
  return [outside.length === 0 ? 'none' : shared(outside.map(digits)), ...inside]
}

const digits = (address: string): string => {
  if (!address.includes(':'))
    return address
      .split('.')
      .map((part) => Number(part).toString(16).padStart(2, '0'))
      .join('')
  const [left = '', right] = address.split('::')
  const groups = (text: string): string[] =>
    text === '' ? [] : text.split(':').map((group) => group.padStart(4, '0'))
  const [head, tail] = [groups(left), groups(right ?? '')]
  return [...head, ...Array<string>(8 - head.length - tail.length).fill('0000'), ...tail].join('')
}

const shared = (texts: readonly string[]): string => {
  const [first = ''] = texts
  let length = 0
  while (length < first.length && texts.every((text) => text[length] === first[length])) length += 1
  return first.slice(0, length)
}

// The node.

interface Run {
  readonly set: ServiceSet
  readonly edits: readonly Edit[]
}

const runs: fc.Arbitrary<Run> = fc.record({
  set: serviceSets({ minLength: 5, maxLength: 40 }),
  edits: fc.array(edits, { minLength: 1, maxLength: 2, size: 'max' }),
})

/** What the node has before: devices of the names that the pool's networks are at. */
const prepare = (node: TestNode, backend: Backend): void => {
  const lines = [
    'link add name eth0 type veth peer name far0',
    'link set dev far0 up',
    'link set dev eth0 up',
    'address add 192.168.77.1/24 dev eth0',
    'address add fd00:77::1/64 dev eth0 nodad',
  ]
  node.ip(lines.join('\n'))
  for (const family of families) restore({ node, backend }, foreign(), family)
}

const noCounters = (list: readonly Counted[]): readonly string[] =>
  list.map(({ table, chain, rule }) => `${table} ${chain} ${rule}`)

/** Counters of the rules of chains that no change is about went back, where they did. */
const setBack = (
  before: readonly Counted[],
  after: readonly Counted[],
  plan: Plan,
  family: Family,
): readonly string[] => {
  const changed = new Set(plan.changes.map(({ identity }) => identity))
  const isJumpOther = plan.changes.some(({ kind }) => kind === 'jump')
  const word = family === 'inet' ? 'ip' : 'ip6'
  const now = new Map(after.map((one, at) => [noCounters([one])[0] ?? '', after[at]?.packets ?? 0]))
  return before
    .filter(({ table, chain }) => !changed.has(`chain ${word} ${table} ${chain}`))
    .filter(({ chain, rule }) => !(isJumpOther && isOurs(`-A ${chain} ${rule}`)))
    .filter((one) => (now.get(noCounters([one])[0] ?? '') ?? -1) < one.packets)
    .map((one) => `${one.table} ${one.chain} ${one.rule}: ${one.packets}`)
}

/** A datagram of the node to every UDP port and node port, and one to the first TCP port. */
const sendSome = (node: TestNode, { services = {} }: Config): void => {
  const targets = Object.values(services)
    .flatMap(({ clusterIPs = [], ports }) =>
      clusterIPs.flatMap((address) =>
        ports.map(({ port, protocol = 'tcp' }) => ({ address, port, protocol })),
      ),
    )
    .filter(({ protocol, address }) => protocol === 'udp' && familyOf(address) === 'inet')
    .slice(0, 5)
  const lines = targets.map(({ address, port }) => `echo x >/dev/udp/${address}/${port}`)
  if (lines.length > 0) node.exec(['bash', '-c', `{ ${lines.join('; ')}; } 2>/dev/null; true`])
}

const settle = async (node: TestNode, config: Config, iptables: Backend): Promise<Done> => {
  const options = { iptables, nodeName }
  const yaml = toYaml(config)
  const done = await node.apply(yaml, options)
  assertDone('apply', done)
  const again = await node.apply(yaml, options)
  if (again.plan.changes.length > 0 || again.writes > 0)
    throw new Error(`the next plan is not empty:\n${changesOf(again.plan).join('\n')}`)
  return done
}

const describeExtra = (extra: readonly string[], plan: Plan, sides: Sides): string => {
  const lines = changesOf({
    changes: plan.changes.filter(({ identity }) => extra.includes(identity)),
  })
  const [was, is] = [sides.before, sides.after].map((one) =>
    JSON.stringify(one.services?.[sides.service]),
  )
  return (
    `of ${plan.changes.length} changes, ${extra.length} have nothing to do with the service:\n` +
    `${lines.join('\n')}\nbefore: ${String(was)}\nafter: ${String(is)}`
  )
}

const check = async ({ set, edits: wanted }: Run, backend: Backend): Promise<void> => {
  const node = createNode()
  let config = toConfig(set, { interfaces: { eth0: {} } })
  const told: string[] = []
  try {
    prepare(node, backend)
    const untouched = families.map((family) => save({ node, backend }, family)).join('')
    const initial = foreignLines(node, backend)
    await settle(node, config, backend)
    assertSame('what is not ours changed', initial, foreignLines(node, backend))
    for (const edit of wanted) {
      const { config: next, service } = editConfig(config, edit)
      told.push(`${edit.what} ${service ?? ''}`)
      sendSome(node, config)
      const before = countedRules({ node, backend })
      const { plan } = await settle(node, next, backend)
      const after = countedRules({ node, backend })
      if (service !== undefined) {
        const sides = { before: config, after: next, service }
        const extra = await strangers(sides, plan)
        if (extra.length > 0) throw new Error(describeExtra(extra, plan, sides))
      }
      const back = setBack(before, after, plan, 'inet')
      if (back.length > 0) throw new Error(`counters were set back:\n${back.join('\n')}`)
      assertSame('what is not ours changed', initial, foreignLines(node, backend))
      config = next
    }
    assertDone('destroy', await node.destroy(toYaml(config), { iptables: backend }))
    const left = families.map((family) => save({ node, backend }, family)).join('')
    assertSame('destroy did not give back the node', untouched, left)
  } catch (error) {
    throw new Error(`${String(error)}\nafter: ${told.join('; ')}\n${toYaml(config)}`, {
      cause: error,
    })
  } finally {
    node.remove()
  }
}

/** Runs the properties; a failure shows the seed and the smallest set that still fails. */
export const checkServices = async (
  t: ExecutionContext,
  backend: Backend,
  count: number,
): Promise<void> => {
  const seed = Number(process.env['NETPLAN_SEED'] ?? Date.now() % 0x7fffffff)
  const numRuns = Number(process.env['NETPLAN_RUNS'] ?? count)
  const path = process.env['NETPLAN_PATH']
  t.log(`seed ${seed}, ${numRuns} runs`)
  const property = fc.asyncProperty(runs, (run) => check(run, backend))
  const result = await fc.check(property, {
    seed,
    numRuns,
    interruptAfterTimeLimit: 280_000,
    markInterruptAsFailure: false,
    ...(path === undefined ? {} : { path }),
  })
  if (result.failed) t.fail(`${String(result.errorInstance)}\n${fc.defaultReportMessage(result)}`)
  // Fewer runs, for want of time, would prove less than the name says.
  else t.is(result.numRuns, numRuns)
}
