import type { Family } from '../../src/net/addresses.ts'
import type { Walled } from './firewall.ts'

interface Direction {
  readonly source: string
  readonly sourcePort: number
  readonly destination: string
  readonly port: number
}

/** A connection that the node follows: as it was asked for, and as its answers come. */
export interface Tracked {
  readonly protocol: string
  readonly state?: string
  readonly original: Direction
  readonly reply: Direction
  readonly unreplied: boolean
  readonly assured: boolean
}

const directionOf = (pairs: readonly string[]): Direction => {
  const values = new Map(pairs.map((pair) => pair.split('=', 2) as [string, string]))
  return {
    source: values.get('src') ?? '',
    sourcePort: Number(values.get('sport')),
    destination: values.get('dst') ?? '',
    port: Number(values.get('dport')),
  }
}

const trackedOf = (line: string): Tracked => {
  const [protocol = '', , , state = ''] = line.split(/\s+/)
  const pairs = line.match(/\b(src|dst|sport|dport)=\S+/g) ?? []
  const half = pairs.length / 2
  return {
    protocol,
    ...(/^[A-Z_]+$/.test(state) ? { state } : {}),
    original: directionOf(pairs.slice(0, half)),
    reply: directionOf(pairs.slice(half)),
    unreplied: line.includes('[UNREPLIED]'),
    assured: line.includes('[ASSURED]'),
  }
}

/** The connections that the node follows. */
export const conntrackOf = ({ node }: Walled, family: Family = 'inet'): readonly Tracked[] =>
  node
    .exec(['conntrack', '-L', '-f', family === 'inet' ? 'ipv4' : 'ipv6'])
    .split('\n')
    .filter((line) => line !== '')
    .map(trackedOf)
