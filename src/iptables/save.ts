/** A chain as iptables-save prints it. */
export interface SavedChain {
  readonly name: string
  /** What becomes of a packet at the end of a built-in chain; a chain of one's own has none. */
  readonly policy?: string
  /** What stands behind `-A CHAIN `, as printed. */
  readonly rules: readonly string[]
}

export type SavedTable = ReadonlyMap<string, SavedChain>

interface Draft {
  readonly name: string
  readonly policy?: string
  readonly rules: string[]
}

/**
 * Tables, their chains and their rules in the output of iptables-save, with or without counters. Lines of
 * any other kind are others' and passed over. Rules are pieces of the text, not copies.
 */
export const parseSave = (text: string): ReadonlyMap<string, SavedTable> => {
  const tables = new Map<string, Map<string, Draft>>()
  let table: Map<string, Draft> | undefined
  let chain: Draft | undefined
  for (let start = 0; start < text.length;) {
    const found = text.indexOf('\n', start)
    const end = found < 0 ? text.length : found
    const first = text[start]
    if (first === '-' || first === '[')
      chain = table && readRule(table, chain, text, { start, end })
    else if (first === ':' && table) readChain(table, text, { start, end })
    else if (first === '*') table = openTable(tables, text.slice(start + 1, end))
    else if (first === 'C' && text.slice(start, end) === 'COMMIT') table = undefined
    if (first === '*') chain = undefined
    start = end + 1
  }
  return tables
}

interface Line {
  readonly start: number
  readonly end: number
}

const openTable = (tables: Map<string, Map<string, Draft>>, name: string): Map<string, Draft> => {
  const table = tables.get(name) ?? new Map<string, Draft>()
  tables.set(name, table)
  return table
}

/** `:NAME POLICY [packets:bytes]`; the policy of a chain of one's own is `-`. */
const readChain = (table: Map<string, Draft>, text: string, { start, end }: Line): void => {
  const [name = '', policy = '-'] = text.slice(start + 1, end).split(' ')
  if (name === '' || table.has(name)) return
  table.set(name, { name, rules: [], ...(policy === '-' ? {} : { policy }) })
}

const COUNTERS = /^\[\d+:\d+\] /

/** `-A CHAIN RULE`, after `[packets:bytes] ` with -c. A chain's rules stand together. */
const readRule = (
  table: Map<string, Draft>,
  chain: Draft | undefined,
  text: string,
  { start, end }: Line,
): Draft | undefined => {
  const counters = text[start] === '[' ? COUNTERS.exec(text.slice(start, end)) : undefined
  const from = start + (counters?.[0].length ?? 0)
  if (!text.startsWith('-A ', from) || from >= end) return chain
  const space = text.indexOf(' ', from + 3)
  const cut = space < 0 || space > end ? end : space
  const rule = text.slice(Math.min(cut + 1, end), end)
  if (chain && text.startsWith(chain.name, from + 3) && cut === from + 3 + chain.name.length) {
    chain.rules.push(rule)
    return chain
  }
  const name = text.slice(from + 3, cut)
  const found = table.get(name) ?? { name, rules: [] }
  table.set(name, found)
  found.rules.push(rule)
  return found
}
