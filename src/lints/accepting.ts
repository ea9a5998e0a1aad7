import type { Firewall } from '../iptables/restore.ts'
import { contains, familyOf } from '../net/addresses.ts'
import type { Family } from '../net/addresses.ts'
import { rulesOf } from '../resources/chain.ts'
import { targetOf } from '../resources/engine.ts'
import type { BuiltIn } from '../resources/engine.ts'
import { ownerOfChain } from '../resources/firewall.ts'
import type { Jump } from '../resources/jump.ts'
import type { Resource } from '../resources/kind.ts'
import { chainsIn } from './frontends.ts'
import { reachableChains } from './tables.ts'

/** Why packets end in FORWARD that no rule accepts. */
export interface Cause {
  readonly text: string
  /** It is what becomes of packets at the end of the chain. */
  readonly isPolicy: boolean
}

const unconditional =
  /^(?:-m comment --comment (?:"(?:[^"\\]|\\.)*"|\S+) )?-j (ACCEPT|DROP|REJECT)(?: --reject-with \S+)?$/

/** Undefined: they pass. */
export const causeOf = ({ policy, rules }: BuiltIn): Cause | undefined => {
  for (const rule of rules) {
    const verdict = unconditional.exec(rule)?.[1]
    if (verdict === 'ACCEPT') return undefined
    if (verdict !== undefined) return { text: `it has the rule ${rule}`, isPolicy: false }
  }
  return policy === 'DROP' ? { text: 'its policy is DROP', isPolicy: true } : undefined
}

/**
 * Whether the file itself says what FORWARD accepts, beside the packets of services: who did that knows
 * about it. What stands last is behind the rules of others.
 */
export const acceptsItself = (
  desired: readonly Resource[],
  family: Family,
  { isPolicy }: Cause,
): boolean => {
  const jumps = desired
    .filter((one): one is Jump => one.kind === 'jump')
    .filter((jump) => jump.family === family && jump.table === 'filter' && jump.chain === 'FORWARD')
    .filter(({ place }) => isPolicy || place !== 'last')
  const names = new Set(jumps.flatMap(rulesOf).map(targetOf))
  return chainsIn(desired)
    .filter((one) => one.family === family && one.table === 'filter' && names.has(one.chain))
    .filter(({ chain }) => !/^NP\d+-ACCEPT$/.test(chain))
    .some((chain) => rulesOf(chain).some((rule) => targetOf(rule) === 'ACCEPT'))
}

/** What tells packets apart that the file is about. */
export interface Packets {
  readonly devices: readonly string[]
  readonly networks: readonly string[]
}

const selectors = /(?:^|[^!] )-([sdio]) (\S+)/g

const matchesDevice = (pattern: string, device: string): boolean =>
  pattern.endsWith('+') ? device.startsWith(pattern.slice(0, -1)) : device === pattern

const isAbout = (rule: string, { devices, networks }: Packets): boolean =>
  [...rule.matchAll(selectors)].some(([, letter, value = '']) =>
    letter === 'i' || letter === 'o'
      ? devices.some((device) => matchesDevice(value, device))
      : networks.some((network) => contains(value, network)),
  )

/** Whether rules of others accept them, as those of Docker do for its own bridges. */
export const othersAccept = (
  firewall: Firewall,
  family: Family,
  owner: number | undefined,
): ((packets: Packets) => boolean) => {
  const table = firewall.tables[family].get('filter')
  if (!table) return () => false
  const accepting = [...reachableChains(table, ['FORWARD']).keys()]
    .filter((name) => owner === undefined || ownerOfChain(name) !== owner)
    .flatMap((name) => table.get(name)?.rules ?? [])
    .filter((rule) => rule.includes('-j ACCEPT') && /(?:^| )-[sdio] /.test(rule))
  return ({ devices, networks }) => {
    const packets = { devices, networks: networks.filter((one) => familyOf(one) === family) }
    return accepting.some((rule) => isAbout(rule, packets))
  }
}
