import { canonicalRule } from '../../iptables/canonical.ts'
import { tokenize, type Token } from '../../iptables/tokens.ts'
import { isInterfaceAddress, isAddress, type Family } from '../../net/addresses.ts'
import type { IptablesRule } from '../config.ts'
import type { Path } from '../located.ts'
import { joinWords } from '../words.ts'
import type { Check, Problem } from './topology.ts'

interface Entry {
  readonly entry: IptablesRule
  readonly path: Path
}

type Chain = IptablesRule['chain']
type Table = NonNullable<IptablesRule['table']>

/** Rules that iptables refuses, or that are not known to be read back as they were written. */
export const checkIptables: Check = ({ config }) =>
  (config.iptables ?? []).flatMap((entry, index) => {
    const found = { entry, path: ['iptables', index] }
    return [...checkChain(found), ...checkRule(found)]
  })

/** The built-in chains that the tables have. */
const CHAINS: Readonly<Record<Table, readonly Chain[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
}

const checkChain = ({ entry: { table = 'filter', chain }, path }: Entry): readonly Problem[] => {
  if (CHAINS[table].includes(chain)) return []
  const message = `the table ${table} has no chain ${chain}`
  const hint = `it has ${joinWords(CHAINS[table], 'and')}`
  return [{ code: 'value', message, path: [...path, 'chain'], hint }]
}

const checkRule = ({ entry, path }: Entry): readonly Problem[] => {
  const { rule } = entry
  const at = [...path, 'rule']
  const families = familiesOf(entry)
  const read = families.map((family) => canonicalRule(rule, family))
  const valid = read.find((one) => one.ok)
  if (valid?.ok) return checkPlace(entry, valid.rules[0] ?? '', at)
  const [refusal] = read
  if (!refusal || refusal.ok) return []
  const within = wordAt(rule, refusal.at)
  const word = rule.slice(within.at, within.at + within.length)
  const message = refusal.message.replace(/\S{80,}/g, (long) => `${long.slice(0, 59)}…`)
  return [{ code: 'value', message, path: at, within, hint: explainRefusal(rule, word) }]
}

const explainRefusal = (rule: string, word: string): string | undefined => {
  if (/^-(A|I|t|-append|-insert|-table)$/.test(word))
    return 'table and chain go to the keys "table" and "chain"'
  return rule.endsWith('\n')
    ? 'write ">-" instead of ">" or "|": it leaves the last line break out'
    : undefined
}

/** The family to blame comes first: that of the addresses, if the rule has any. */
const familiesOf = ({ rule, family }: IptablesRule): readonly Family[] => {
  if (family) return [family]
  return readTokens(rule).some(({ text }) => isIPv6(text)) ? ['inet6', 'inet'] : ['inet', 'inet6']
}

const isIPv6 = (text: string): boolean =>
  text.includes(':') && (isAddress(text) || isInterfaceAddress(text))

/** What of a rule hangs on the chain that it is in: iptables or the kernel refuses it elsewhere. */
const checkPlace = (entry: IptablesRule, canonical: string, path: Path): readonly Problem[] => {
  const written = readTokens(entry.rule)
  const misplaced = [
    ...misplacedDevices(readTokens(canonical), entry.chain),
    ...misplacedTarget(readTokens(canonical), entry),
  ]
  return misplaced.map(({ message, word }) => {
    const at = written.findLast(({ text }) => word.test(text))?.at ?? 0
    return { code: 'value', message, path, within: wordAt(entry.rule, at) }
  })
}

/** What is wrong, and the word as it may be written. */
interface Misplaced {
  readonly message: string
  readonly word: RegExp
}

const misplacedDevices = (canonical: readonly Token[], chain: Chain): readonly Misplaced[] => {
  const extension = canonical.findIndex(({ text }) => ['-m', '-j', '-g'].includes(text))
  const header = canonical.slice(0, extension < 0 ? canonical.length : extension)
  const has = (option: string): boolean => header.some(({ text }) => text === option)
  return [
    ...(has('-i') && ['OUTPUT', 'POSTROUTING'].includes(chain)
      ? [
          {
            message: `in ${chain} no packet comes in by a device (-i)`,
            word: /^(-i|--i|--in|--in-.*)$/,
          },
        ]
      : []),
    ...(has('-o') && ['PREROUTING', 'INPUT'].includes(chain)
      ? [
          {
            message: `in ${chain} no packet leaves by a device (-o)`,
            word: /^(-o|--o|--ou|--out.*)$/,
          },
        ]
      : []),
  ]
}

interface Home {
  readonly tables: readonly Table[]
  readonly chains?: readonly Chain[]
}

const NAT: Home = { tables: ['nat'] }
const MANGLE: Home = { tables: ['mangle'] }
const RAW: Home = { tables: ['raw'] }
const ALL: readonly Table[] = ['raw', 'mangle', 'nat', 'filter']

/** Where targets may stand, if not everywhere: the `table` and `hooks` of the kernel's modules. */
const HOMES: Readonly<Record<string, Home>> = {
  DNAT: { ...NAT, chains: ['PREROUTING', 'OUTPUT'] },
  REDIRECT: { ...NAT, chains: ['PREROUTING', 'OUTPUT'] },
  SNAT: { ...NAT, chains: ['POSTROUTING', 'INPUT'] },
  MASQUERADE: { ...NAT, chains: ['POSTROUTING'] },
  NETMAP: NAT,
  TPROXY: { ...MANGLE, chains: ['PREROUTING'] },
  DSCP: MANGLE,
  TTL: MANGLE,
  HL: MANGLE,
  CHECKSUM: MANGLE,
  CT: RAW,
  NOTRACK: RAW,
  REJECT: { tables: ['filter'] },
  DROP: { tables: ['raw', 'mangle', 'filter'] },
  CLASSIFY: { tables: ALL, chains: ['FORWARD', 'OUTPUT', 'POSTROUTING'] },
  // Only where the way out is known; with --set-mss it may stand anywhere.
  TCPMSS: { tables: ALL, chains: ['FORWARD', 'OUTPUT', 'POSTROUTING'] },
}

const misplacedTarget = (
  canonical: readonly Token[],
  { table = 'filter', chain }: IptablesRule,
): readonly Misplaced[] => {
  const words = canonical.map(({ text }) => text)
  const target = words.includes('-j') ? (words[words.lastIndexOf('-j') + 1] ?? '') : ''
  const home = Object.hasOwn(HOMES, target) ? HOMES[target] : undefined
  if (!home || (target === 'TCPMSS' && !words.includes('--clamp-mss-to-pmtu'))) return []
  const word = new RegExp(`^${target}$`)
  if (!home.tables.includes(table))
    return [{ message: `${target} is for the table ${joinWords(home.tables)}, not ${table}`, word }]
  if (!home.chains || home.chains.includes(chain)) return []
  return [{ message: `${target} is for the chain ${joinWords(home.chains)}, not ${chain}`, word }]
}

const readTokens = (rule: string): readonly Token[] => {
  const read = tokenize(rule)
  return read.ok ? read.tokens : []
}

const wordAt = (rule: string, at: number): { readonly at: number; readonly length: number } => ({
  at,
  length: /^\S+/.exec(rule.slice(at))?.[0].length ?? 1,
})
