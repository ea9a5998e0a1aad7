import type { Ownership } from '../resources/kind.ts'
import type { Scene } from './scene.ts'

// rtnetlink(7), and iproute2's rt_protos: who makes routes and rules, beside people (3, 4) and the kernel (2).
const daemons: ReadonlyMap<number, string> = new Map([
  [8, 'gated'],
  [9, 'router advertisements'],
  [10, 'mrt'],
  [11, 'zebra'],
  [12, 'bird'],
  [13, 'dnrouted'],
  [14, 'xorp'],
  [15, 'ntk'],
  [16, 'DHCP'],
  [17, 'mrouted'],
  [18, 'keepalived'],
  [42, 'babeld'],
  [84, 'ovn'],
  [186, 'bgp'],
  [187, 'isis'],
  [188, 'ospf'],
  [189, 'rip'],
  [192, 'eigrp'],
])

/** What comes and goes with a lease or an advertisement is nobody's to write down. */
const passing: ReadonlySet<number> = new Set([9, 16])

const unspecified = 0
const boot = 3
const byAdministrator = 4

const byPeople: ReadonlySet<number> = new Set([unspecified, boot, byAdministrator])

/** Why a route or rule of this protocol is not for the file; undefined: a person made it, or it was asked for. */
export const whoseProtocol = (
  mark: number | undefined = 0,
  { daemons: wanted, scope }: Pick<Scene, 'daemons' | 'scope'>,
  ownership: Ownership,
): string | undefined => {
  if (ownership === 'ours' || byPeople.has(mark)) return undefined
  const name = daemons.get(mark) ?? `protocol ${String(mark)}`
  if (passing.has(mark)) return `from ${name}: it comes by itself`
  return wanted || scope === 'all' ? undefined : `made by ${name} (--all takes it)`
}
