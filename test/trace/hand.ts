import { loadRules } from './rules.ts'
import type { Rules } from './rules.ts'
import { trace } from './trace.ts'
import type { Packet } from './trace.ts'
import { createWorld } from './world.ts'
import type { World } from './world.ts'

/** The node is 10.0.0.1 and fd00::1; pods are behind `pods`, everything else behind `eth0`. */
export const world = (more: Partial<World> = {}): World =>
  createWorld({
    isLocal: (address) => ['10.0.0.1', 'fd00::1', '127.0.0.1', '::1'].includes(address),
    route: (destination) => {
      if (['10.0.0.1', 'fd00::1'].includes(destination))
        return { out: 'lo', local: true, source: destination }
      if (destination.startsWith('192.0.2.')) return undefined
      return /^(10\.244\.|fd44:)/.test(destination)
        ? { out: 'pods', local: false, source: '10.244.0.1' }
        : { out: 'eth0', local: false }
    },
    ...more,
  })

const CHAINS = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
}

export type Tables = Partial<Record<keyof typeof CHAINS, string>>

/** Rules of some tables; chains of one's own are declared where they are first named. */
export const load = (tables: Tables, family: Rules['family'] = 'inet'): Rules =>
  loadRules(
    Object.entries(tables)
      .map(([table, rules]) => {
        const builtIn = CHAINS[table as keyof typeof CHAINS]
        const named = [...rules.matchAll(/^-A (\S+)/gm)].map(([, name = '']) => name)
        const own = [...new Set(named)].filter((name) => !builtIn.includes(name))
        const declared = [
          ...builtIn.map((name) => `:${name} ACCEPT [0:0]`),
          ...own.map((name) => `:${name} - [0:0]`),
        ]
        return `*${table}\n${declared.join('\n')}\n${rules.trim()}\nCOMMIT\n`
      })
      .join(''),
    family,
  )

export const UDP: Packet = {
  source: '10.1.0.2',
  destination: '10.96.0.10',
  protocol: 'udp',
  sport: 40_000,
  dport: 53,
  inInterface: 'eth0',
  origin: 'forwarded',
}
export const TCP: Packet = { ...UDP, protocol: 'tcp', dport: 80 }
export const UDP6: Packet = { ...UDP, source: 'fd01::2', destination: 'fd96::a' }
export const LOCAL: Packet = { ...TCP, source: '10.0.0.1', origin: 'local' }

/** Whether a rule of filter FORWARD with these matches drops the packet. */
export const isDropped = (
  matches: string,
  packet: Packet,
  family: Rules['family'] = 'inet',
): boolean =>
  trace(load({ filter: `-A FORWARD ${matches} -j DROP` }, family), packet, world()).verdict ===
  'drop'
