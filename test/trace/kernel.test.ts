import test from 'ava'
import type { ExecutionContext } from 'ava'
import { setTimeout } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Family } from '../../src/net/addresses.ts'
import type { Probe, Result } from './agent.ts'
import { describe } from './describe.ts'
import { inFamily, openNetwork, worldOf } from './network.ts'
import type { Network, Place } from './network.ts'
import { loadRules } from './rules.ts'
import { CROWD, SCENES } from './scenes.ts'
import type { Scene } from './scenes.ts'
import { trace } from './trace.ts'
import type { Packet, Trace } from './trace.ts'
import type { World } from './world.ts'

type Backend = 'nft' | 'legacy'

const RESET = Object.entries({
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
})
  .map(([table, chains]) => {
    const accepting = chains.map((name) => `:${name} ACCEPT [0:0]\n`)
    return `*${table}\n${accepting.join('')}COMMIT\n`
  })
  .join('')

interface Firewall {
  /** Loads these rules, and none but these. */
  restore(text: string): void
  save(): string
}

const openFirewall = (network: Network, backend: Backend, family: Family): Firewall => {
  const program = `${family === 'inet' ? 'iptables' : 'ip6tables'}-${backend}`
  return {
    restore: (text) => void network.run([`${program}-restore`], RESET + text),
    save: () => network.run([`${program}-save`, '-c']),
  }
}

interface Step {
  readonly from: Place
  readonly probe: Omit<Probe, 'sport' | 'patience'>
  readonly after: number
}

const STEP = /^(client|node) (tcp|udp) (\S+) > ([\d.]+):(\d+)(?: x(\d+))?(?: after (\d+))?$/

const readSteps = (probes: string, family: Family): readonly Step[] =>
  probes
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [, from, protocol, source = '', address = '', port, times = 1, after = 0] =
        STEP.exec(line) ?? []
      if (from === undefined) throw new Error(`no probe: ${line}`)
      const probe = {
        protocol: protocol as Probe['protocol'],
        source: inFamily(source, family),
        address: inFamily(address, family),
        port: Number(port),
      }
      const step = { from: from as Place, probe, after: Number(after) }
      return Array.from({ length: Number(times) }, () => step)
    })

let sport = 20_000

const packetOf = ({ from, probe }: Step, port: number): Packet => ({
  source: probe.source,
  destination: probe.address,
  protocol: probe.protocol,
  sport: port,
  dport: probe.port,
  ...(from === 'node' ? { origin: 'local' } : { origin: 'forwarded', inInterface: 'cl' }),
})

const REJECTIONS: Readonly<Record<string, string>> = {
  'tcp-reset': 'ECONNREFUSED',
  'icmp-port-unreachable': 'ECONNREFUSED',
  'icmp6-port-unreachable': 'ECONNREFUSED',
  'icmp-admin-prohibited': 'EHOSTUNREACH',
  'icmp6-adm-prohibited': 'EACCES',
}

/** What was dropped on another machine is silence; the node's own programs may be told. */
const SILENCE = 'silence'

const expected = (one: Trace): unknown => {
  if (one.verdict === 'drop') return SILENCE
  if (one.verdict === 'reject') return REJECTIONS[one.rejectWith ?? '']
  const { address, port } = one.destination
  return { address, port, peer: one.source.address }
}

const observed = ({ answer, error = SILENCE }: Result): unknown =>
  answer ?? (['EPERM', 'EINVAL', 'ENETUNREACH'].includes(error) ? SILENCE : error)

/** What the kernel counted at each rule of nat, where only the first packet of a connection comes. */
const countsOf = (save: string): ReadonlyMap<string, number> => {
  const [, nat = ''] = /^\*nat\n(.*?)^COMMIT/ms.exec(save) ?? []
  const counts = new Map<string, number>()
  for (const [, packets, rule = ''] of nat.matchAll(/^\[(\d+):\d+\] (-A .*)$/gm))
    if (packets !== '0') add(counts, `-t nat ${rule}`, Number(packets))
  return counts
}

const add = (counts: Map<string, number>, key: string, count: number): void =>
  void counts.set(key, (counts.get(key) ?? 0) + count)

const sorted = (counts: ReadonlyMap<string, number>): readonly string[] =>
  [...counts].map(([rule, count]) => `${count} ${rule}`).sort()

interface Played {
  /** Probes that the kernel treated otherwise than the tracer, for a person to read. */
  readonly differences: readonly unknown[]
  /** How often the rules of nat matched, here and there. */
  readonly traced: readonly string[]
  readonly counted: readonly string[]
  readonly probes: number
  readonly world: World
}

const play = async (
  network: Network,
  firewall: Firewall,
  family: Family,
  scene: Scene,
): Promise<Played> => {
  firewall.restore(inFamily(scene.rules, family))
  const rules = loadRules(firewall.save(), family)
  const world = worldOf()
  const differences: unknown[] = []
  const counts = new Map<string, number>()
  const steps = readSteps(scene.probes, family)
  for (const step of steps) {
    await setTimeout(step.after)
    sport += 1
    const traced = trace(rules, packetOf(step, sport), world)
    for (const rule of traced.matched) if (rule.startsWith('-t nat')) add(counts, rule, 1)
    // What comes later than this, is looked for at the end.
    const patience = traced.verdict === 'drop' ? 60 : 5000
    const result = await network.probe(step.from, { ...step.probe, sport, patience })
    const pair = { expected: expected(traced), observed: observed(result) }
    if (!isDeepStrictEqual(pair.expected, pair.observed))
      differences.push({ step, ...pair, why: describe(traced) })
  }
  const counted = sorted(countsOf(firewall.save()))
  return { differences, traced: sorted(counts), counted, probes: steps.length, world }
}

/** One chain below the other, every second by -g. */
const nested = (depth: number): string => {
  const names = Array.from({ length: depth }, (_, index) => `N${index + 1}`)
  const jumps = names.slice(1).map((name, at) => `-A N${at + 1} -${at % 2 ? 'g' : 'j'} ${name}`)
  const declared = names.map((name) => `:${name} - [0:0]`)
  return `*filter\n${[...declared, ...jumps].join('\n')}\n-A FORWARD -j N1\nCOMMIT\n`
}

let networks = 0

/** A test of each backend, in a network of its own. */
const withNetwork = (
  title: string,
  use: (t: ExecutionContext, network: Network, backend: Backend) => Promise<void> | void,
): void => {
  for (const backend of ['nft', 'legacy'] as const)
    test(`iptables-${backend}: ${title}`, async (t) => {
      networks += 1
      const network = await openNetwork(`trace${process.pid}x${networks}`)
      try {
        await use(t, network, backend)
        t.is(await network.late(), 0, 'what was dropped was not answered later')
      } finally {
        network.remove()
      }
    })
}

for (const family of ['inet', 'inet6'] as const)
  withNetwork(`the tracer knows what the kernel does, ${family}`, async (t, network, backend) => {
    const firewall = openFirewall(network, backend, family)
    let probes = 0
    for (const scene of SCENES) {
      const played = await play(network, firewall, family, scene)
      t.deepEqual(played.differences, [], scene.name)
      t.deepEqual(played.traced, played.counted, scene.name)
      probes += played.probes
    }
    t.log(`${probes} probes`)
  })

withNetwork(CROWD.name, async (t, network, backend) => {
  const firewall = openFirewall(network, backend, 'inet')
  const { differences, traced, counted, world } = await play(network, firewall, 'inet', CROWD)
  t.deepEqual(differences, [])
  t.deepEqual(traced, counted)
  const listed = network.run(['cat', '/proc/net/xt_recent/tL']).matchAll(/src=(\S+)/g)
  const known = [...(world.recent.get('tL')?.keys() ?? [])]
  t.deepEqual(known.sort(), [...listed].map(([, address]) => address).sort())
  t.true(known.length > 90 && known.length < 100)
})

withNetwork(
  'chains are 15 deep with nft, -g counted, and deeper with legacy',
  (t, network, backend) => {
    const { restore, save } = openFirewall(network, backend, 'inet')
    restore(nested(15))
    t.notThrows(() => loadRules(save(), 'inet'))
    if (backend === 'nft') t.throws(() => restore(nested(16)), { message: /Too many links/ })
    else {
      restore(nested(16))
      t.throws(() => loadRules(save(), 'inet'))
    }
  },
)
