import { spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { contains, familyOf } from '../../src/net/addresses.ts'
import type { Family } from '../../src/net/addresses.ts'
import type { Listener, Probe, Request, Result } from './agent.ts'
import { createWorld } from './world.ts'
import type { World } from './world.ts'

/** Where probes come from. */
export type Place = 'client' | 'node'

/** A client, a node that routes, and a machine behind it that has the backends and all service addresses. */
export interface Network {
  probe(from: Place, probe: Probe): Promise<Result>
  /** How many probes that were given up were answered later. */
  late(): Promise<number>
  /** A program in the node; throws with its own words where it fails. */
  run(argv: readonly string[], input?: string): string
  remove(): void
}

const run = ([program = '', ...args]: readonly string[], input = ''): string => {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', input })
  if (error) throw error
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`)
  return stdout
}

/** The same network in IPv6: 10.1.0.2 is fd01::2, and 10.96.0.0/16 is fd96::/16. */
export const inFamily = (text: string, family: Family): string =>
  family === 'inet'
    ? text
    : text
        .replaceAll('127.0.0.1', '::1')
        .replaceAll('255.255.255.255', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff')
        .replace(/\b(10\.\d+\.0\.\d+)(:\d+)/g, '[$1]$2')
        .replace(
          /\b10\.(\d+)\.0\.(\d+)/g,
          (_, net: string, host: string) =>
            `fd${net.padStart(2, '0')}::${host === '0' ? '' : host}`,
        )
        .replaceAll('/32', '/128')
        .replaceAll('icmp-admin-prohibited', 'icmp6-adm-prohibited')
        .replaceAll('icmp-port-unreachable', 'icmp6-port-unreachable')

const SETUP = `
client link set lo up
node link set lo up
backend link set lo up
node link add cl type veth peer name c0 netns CLIENT
node link add be type veth peer name b0 netns BACKEND
client link set c0 up
node link set cl up
node link set be up
backend link set b0 up
client addr add 10.1.0.2/16 dev c0
client addr add 10.1.0.3/16 dev c0
node addr add 10.1.0.1/16 dev cl
node addr add 10.2.0.1/16 dev be
backend addr add 10.2.0.2/16 dev b0
backend addr add 10.2.0.3/16 dev b0
backend addr add 10.96.0.10/32 dev lo
backend addr add 10.96.0.11/32 dev lo
client route add default via 10.1.0.1
client route add local 10.1.7.0/24 dev lo
node route add default via 10.2.0.2
backend route add default via 10.2.0.1
`

/** IPv6 takes a second to be sure of its addresses, and does not ask for neighbours before. */
const HOST = ['net.ipv6.conf.all.accept_dad=0', 'net.ipv6.conf.default.accept_dad=0']

const ROUTER = [
  'net.ipv4.ip_forward=1',
  'net.ipv6.conf.all.forwarding=1',
  'net.ipv4.conf.all.rp_filter=0',
  'net.ipv4.conf.default.rp_filter=0',
  // It would answer the first rejected probes alone.
  'net.ipv4.icmp_ratelimit=0',
  'net.ipv6.icmp.ratelimit=0',
]

const both = (addresses: readonly string[], ports: readonly number[]): readonly Listener[] =>
  (['inet', 'inet6'] as const).flatMap((family) =>
    addresses.flatMap((address) =>
      ports.flatMap((port) =>
        (['tcp', 'udp'] as const).map((protocol) => ({
          protocol,
          address: inFamily(address, family),
          port,
        })),
      ),
    ),
  )

const NODE = ['10.1.0.1', '10.2.0.1', '127.0.0.1']

const LISTENERS = {
  client: [],
  node: both(NODE, [80, 8080]),
  backend: [
    ...both(['10.2.0.2', '10.2.0.3'], [8080, 8081]),
    ...both(['10.96.0.10', '10.96.0.11'], [80, 81]),
  ],
}

export const openNetwork = async (prefix: string): Promise<Network> => {
  const places = ['node', 'client', 'backend'] as const
  const nameOf = (place: (typeof places)[number]): string => `${prefix}-${place}`
  const within = (place: (typeof places)[number]): readonly string[] => [
    'nsenter',
    `--net=/run/netns/${nameOf(place)}`,
  ]
  for (const place of places) run(['ip', 'netns', 'add', nameOf(place)])
  // Before there are devices to inherit them.
  for (const place of places)
    run([...within(place), 'sysctl', '-qw', ...(place === 'node' ? ROUTER : []), ...HOST])
  for (const place of places) run(['ip', '-n', nameOf(place), '-b', '-'], batch(place, prefix))
  const agents = places.map((place) => startAgent(within(place)))
  const [node, client, backend] = agents
  for (const [at, place] of places.entries())
    await agents[at]?.ask({ do: 'listen', listeners: LISTENERS[place] })
  const ask = (place: Place, request: Request): Promise<unknown> | undefined =>
    (place === 'client' ? client : node)?.ask(request)
  return {
    probe: async (from, probe) => (await ask(from, { do: 'probe', probe })) as Result,
    late: async () =>
      Number(await ask('client', { do: 'late' })) + Number(await ask('node', { do: 'late' })),
    run: (argv, input) => run([...within('node'), ...argv], input),
    remove: () => {
      for (const agent of [client, node, backend]) agent?.end()
      for (const place of places) run(['ip', 'netns', 'delete', nameOf(place)])
    },
  }
}

/** The lines of a namespace, first for IPv4 and then, but for what both families share, for IPv6. */
const batch = (place: string, prefix: string): string => {
  const lines = SETUP.replaceAll('CLIENT', `${prefix}-client`)
    .replaceAll('BACKEND', `${prefix}-backend`)
    .split('\n')
    .filter((line) => line.startsWith(`${place} `))
    .map((line) => line.slice(place.length + 1))
  const second = lines
    .filter((line) => line.includes('10.') && !line.includes('local'))
    .map((line) => `${inFamily(line, 'inet6')}${line.startsWith('addr') ? ' nodad' : ''}`)
  return [...lines, ...second].join('\n')
}

interface Agent {
  ask(request: Request): Promise<unknown>
  end(): void
}

const startAgent = (within: readonly string[]): Agent => {
  const program = fileURLToPath(new URL('agent.js', import.meta.url))
  const [first, ...rest] = [...within, process.execPath, program, 'serve']
  const child = spawn(first, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  return {
    ask: async (request) => {
      child.stdin.write(`${JSON.stringify(request)}\n`)
      const { value, done } = await lines.next()
      if (done) throw new Error('the agent is gone')
      return JSON.parse(value)
    },
    end: () => child.stdin.end(),
  }
}

/** What the node knows of its network; the clock is the machine's. */
export const worldOf = (): World => {
  const families = ['inet', 'inet6'] as const
  const local = new Set(families.flatMap((family) => NODE.map((one) => inFamily(one, family))))
  return createWorld({
    isLocal: (address) => local.has(address),
    now: () => Date.now(),
    random: () => 0.5,
    route: (destination, source) => {
      const family = familyOf(destination)
      const own = (address: string): string => inFamily(address, family)
      // IPv4 takes the first device that has an address for others; IPv6 the destination itself.
      if (local.has(destination))
        return { out: 'lo', local: true, source: family === 'inet' ? '10.1.0.1' : destination }
      if (source === own('127.0.0.1')) return undefined
      return contains(own('10.1.0.0/16'), destination)
        ? { out: 'cl', local: false, source: own('10.1.0.1') }
        : { out: 'be', local: false, source: own('10.2.0.1') }
    },
  })
}
