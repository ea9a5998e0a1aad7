import type { Diagnostic } from '../config/diagnostics.ts'
import type { SavedTable } from '../iptables/save.ts'
import { targetOf } from '../resources/engine.ts'
import { ownerOfChain } from '../resources/firewall.ts'
import { chainsIn, frontendsIn, isServed, nameOf } from './frontends.ts'
import type { Frontend } from './frontends.ts'
import { sortWarnings, warn } from './lint.ts'
import type { Lint } from './lint.ts'
import { reachableChains, translations } from './tables.ts'

// What stands before the matches, in the order of iptables-save. A negated -d or -p is none of ours.
const header =
  /^(?:(?:! )?-s \S+ )?(?:-d ([^\s/]+)(?:\/(\d+))? )?(?:(?:! )?-i \S+ )?(?:(?:! )?-o \S+ )?-p (\S+) /

const quoted = /"(?:[^"\\]|\\.)*"/g
const ports = /( !)? --dports? (\S+)/

const keyOf = (address: string | undefined, protocol: string, port: string): string =>
  `${address ?? ''} ${protocol} ${port}`

/** The ways into services of one family, to be found by what a rule says. */
interface Index {
  readonly addresses: ReadonlySet<string | undefined>
  readonly frontends: ReadonlyMap<string, Frontend>
}

const indexOf = (frontends: readonly Frontend[]): Index => ({
  addresses: new Set(frontends.map(({ address }) => address)),
  frontends: new Map(
    frontends.map((one) => [keyOf(one.address, one.protocol, String(one.port)), one]),
  ),
})

/** Those that a rule is about. There may be as many rules as there are services: most end early. */
const frontendsOf = (rule: string, { addresses, frontends }: Index): readonly Frontend[] => {
  if (!rule.includes('--dport')) return []
  const [, address, length, protocol] = header.exec(rule) ?? []
  if (protocol === undefined || !addresses.has(address)) return []
  if (length !== undefined && length !== '32' && length !== '128') return []
  const [, negated, list = ''] = ports.exec(rule.replaceAll(quoted, '""')) ?? []
  if (negated !== undefined) return []
  return list.split(',').flatMap((port) => frontends.get(keyOf(address, protocol, port)) ?? [])
}

/** Where ways in of ours are served too, chain by chain. */
const findRivals = (
  table: SavedTable,
  index: Index,
  ours: number | undefined,
): readonly (readonly [Frontend, string])[] => {
  const translates = translations(table)
  const rivals: (readonly [Frontend, string])[] = []
  for (const { name, rules } of table.values()) {
    if (ownerOfChain(name) === ours) continue
    for (const rule of rules) {
      const found = frontendsOf(rule, index)
      if (found.length === 0 || !translates(targetOf(rule) ?? '')) continue
      for (const one of found) rivals.push([one, name])
    }
  }
  return rivals
}

/** Who else serves them: of several chains, the one that packets come to first. */
const findOthers = (
  table: SavedTable,
  index: Index,
  ours: number | undefined,
): ReadonlyMap<Frontend, string> => {
  const rivals = findRivals(table, index, ours)
  if (rivals.length === 0) return new Map()
  const reached = reachableChains(table, ['PREROUTING', 'OUTPUT'])
  const rank = (chain: string): number => reached.get(chain) ?? Infinity
  const others = new Map<Frontend, string>()
  for (const [frontend, chain] of rivals) {
    const known = others.get(frontend)
    const isNearer = known === undefined ? reached.has(chain) : rank(chain) < rank(known)
    if (isNearer) others.set(frontend, chain)
  }
  return others
}

const messageOf = (frontend: Frontend, chain: string, isBuiltIn: boolean): string => {
  const by = isBuiltIn ? `a rule of ${chain}` : `the chain ${chain}`
  return `${nameOf(frontend)} is served by ${by} too; whichever comes first in PREROUTING decides`
}

// Beside a kube-proxy, all services are: that is one mistake, and not ten thousand.
const most = 10

const shorten = (warnings: readonly Diagnostic[]): readonly Diagnostic[] => {
  const rest = warnings.length - most
  if (rest <= 0) return warnings
  const message = `${String(rest)} more addresses and ports of services are served by others too`
  return [...warnings.slice(0, most), warn(message, { source: warnings[most]?.location })]
}

/** One address and port can lead to one service alone. */
export const lintOthers: Lint = async ({ desired, reader }) => {
  const frontends = frontendsIn(desired).filter(isServed)
  const firewall = frontends.length > 0 ? await reader.firewall(false) : undefined
  if (!firewall) return []
  const ours = chainsIn(desired)[0]?.mark
  const warnings = (['inet', 'inet6'] as const).flatMap((family) => {
    const table = firewall.tables[family].get('nat')
    const here = frontends.filter((one) => one.family === family)
    if (!table || here.length === 0) return []
    const others = findOthers(table, indexOf(here), ours)
    return here.flatMap((one) => {
      const chain = others.get(one)
      if (chain === undefined) return []
      const isBuiltIn = table.get(chain)?.policy !== undefined
      return [warn(messageOf(one, chain, isBuiltIn), one)]
    })
  })
  return shorten(sortWarnings(warnings))
}
