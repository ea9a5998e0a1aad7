import type { Firewall } from '../iptables/restore.ts'
import type { SavedTable } from '../iptables/save.ts'
import { rulesOf } from '../resources/chain.ts'
import type { Chain } from '../resources/chain.ts'
import { ownerOfChain, tablesOf } from '../resources/firewall.ts'
import { chainsIn } from './frontends.ts'
import { warn } from './lint.ts'
import type { Lint } from './lint.ts'
import { reachableChains } from './tables.ts'

/** The bits of a mark that a rule has to do with. */
interface Use {
  /** Those that it sets, turns over, or looks at by themselves. */
  readonly bits: number
  /** Those that it only clears. */
  readonly cleared: number
}

const setting = /-j MARK --set-xmark (0x[0-9a-f]+)\/(0x[0-9a-f]+)/
const looking = /-m mark (?:! )?--mark (0x[0-9a-f]+)(?:\/(0x[0-9a-f]+))?/g

/** Who looks at a mark as a whole means its value; who has a mask means each bit of it. */
const bitsLookedAt = (rule: string): number => {
  let bits = 0
  for (const [, value, mask] of rule.matchAll(looking)) bits |= Number(mask ?? value)
  return bits
}

const useOf = (rule: string): Use | undefined => {
  if (!rule.includes('mark 0x')) return undefined
  const [, value = 0, mask = 0] = setting.exec(rule) ?? []
  const set = Number(value)
  return { bits: set | bitsLookedAt(rule), cleared: Number(mask) & ~set }
}

/**
 * Tells of a chain whether it clears bits that were given: that is done in nat, at PREROUTING or OUTPUT,
 * and who clears them before that is in nobody's way.
 */
const clearingLate = (table: string, chains: SavedTable): ((name: string) => boolean) => {
  let late: ReadonlyMap<string, number> | undefined
  return (name) => {
    if (table === 'nat' || table === 'filter') return true
    late ??= reachableChains(chains, ['FORWARD', 'POSTROUTING'])
    return late.has(name)
  }
}

/** The bits that a table's rules use, and the first chain that uses this one. */
interface Uses {
  readonly bits: number
  readonly chain: string | undefined
}

/** Other owners of ours mean the same by the bit. */
const usesIn = (table: string, chains: SavedTable, bit: number): Uses => {
  const clearsLate = clearingLate(table, chains)
  let [bits, chain]: [number, string | undefined] = [0, undefined]
  for (const { name, rules } of chains.values()) {
    if (ownerOfChain(name) !== undefined) continue
    for (const rule of rules) {
      const use = useOf(rule)
      if (!use) continue
      bits |= use.bits
      const clashes = (use.bits & bit) !== 0 || ((use.cleared & bit) !== 0 && clearsLate(name))
      if (clashes) chain ??= name
    }
  }
  return { bits, chain }
}

interface Clash {
  readonly place: string
  /** All bits that are in use. */
  readonly used: number
}

const findClash = (firewall: Firewall, bit: number): Clash | undefined => {
  const all = tablesOf(firewall).map(({ family, table, chains }) => ({
    ...usesIn(table, chains, bit),
    where: `in ${table}${family === 'inet6' ? ' (IPv6)' : ''}`,
  }))
  const first = all.find(({ chain }) => chain !== undefined)
  const used = all.reduce((bits, one) => bits | one.bits, 0)
  return first && { place: `${String(first.chain)} ${first.where}`, used }
}

const ownMark = /^-m mark --mark (0x[0-9a-f]+)\/0x[0-9a-f]+ -g /

const markIn = (chain: Chain): number | undefined => {
  const found = rulesOf(chain).flatMap((rule) => ownMark.exec(rule)?.[1] ?? [])[0]
  return found === undefined ? undefined : Number(found)
}

const hex = (bits: number): string => `0x${(bits >>> 0).toString(16)}`

/** The bit of packets that are to be masqueraded is nobody else's. */
export const lintMark: Lint = async ({ desired, reader }) => {
  const chain = chainsIn(desired).find((one) => /^NP\d+-POSTROUTING$/.test(one.chain))
  const mark = chain && markIn(chain)
  const firewall = mark === undefined ? undefined : await reader.firewall(false)
  if (mark === undefined || !firewall) return []
  const clash = findClash(firewall, mark)
  if (!clash) return []
  const bit = Math.log2(mark >>> 0)
  const message =
    `bit ${String(bit)} of the packet mark (${hex(mark)}) is used by the chain ${clash.place} too: ` +
    'what one marks, the other takes for its own'
  const free = Array.from({ length: 32 }, (_, index) => (12 + index) % 32).find(
    (one) => one !== bit && (clash.used & (1 << one)) === 0,
  )
  const hint = free === undefined ? undefined : `serviceProxy: { masqueradeBit: ${String(free)} }`
  return [warn(message, { source: chain?.source }, hint)]
}
