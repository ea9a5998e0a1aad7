import { parseSave } from '../../src/iptables/save.ts'
import type { SavedTable } from '../../src/iptables/save.ts'
import type { Family } from '../../src/net/addresses.ts'
import type { Action, Check } from './flow.ts'
import { compileHeader, compileMatch } from './matches.ts'
import { compileTarget } from './targets.ts'
import { readRule } from './words.ts'

export interface Rule {
  /** As iptables-save prints it, behind `-t TABLE -A CHAIN`. */
  readonly text: string
  readonly checks: readonly Check[]
  readonly action: Action<Chain>
}

export interface Chain {
  readonly name: string
  readonly table: string
  /** Of a built-in chain. */
  readonly policy: 'ACCEPT' | 'DROP' | undefined
  readonly rules: readonly Rule[]
}

export interface Rules {
  readonly family: Family
  readonly tables: ReadonlyMap<string, ReadonlyMap<string, Chain>>
}

const TABLES = ['raw', 'mangle', 'nat', 'filter']

/** How many chains of one's own nft lets follow each other from a built-in one, by -j and by -g. */
const DEEPEST = 15

/**
 * Rules in the text of iptables-save, ready to be traced. Throws at a rule that the tracer does not know
 * every word of, even if no packet would get there: a guess would prove nothing.
 */
export const loadRules = (text: string, family: Family): Rules => {
  const tables = new Map<string, ReadonlyMap<string, Chain>>()
  for (const [name, saved] of parseSave(text)) {
    if (!TABLES.includes(name)) throw new Error(`the tracer knows no table ${name}`)
    tables.set(name, loadTable(name, saved, family))
  }
  return { family, tables }
}

interface Draft extends Chain {
  readonly rules: Rule[]
}

const loadTable = (
  table: string,
  saved: SavedTable,
  family: Family,
): ReadonlyMap<string, Chain> => {
  const chains = new Map<string, Draft>()
  for (const { name, policy } of saved.values())
    chains.set(name, { name, table, policy: readPolicy(policy), rules: [] })
  for (const { name, rules } of saved.values()) {
    const chain = chains.get(name)
    for (const text of rules)
      chain?.rules.push(loadRule(`-t ${table} -A ${name}`, text, family, chains))
  }
  const heights = new Map<Chain, number>()
  for (const chain of chains.values()) if (chain.policy !== undefined) measure(chain, heights, [])
  return chains
}

const readPolicy = (policy: string | undefined): Chain['policy'] => {
  if (policy === undefined || policy === 'ACCEPT' || policy === 'DROP') return policy
  throw new Error(`the tracer knows no policy ${policy}`)
}

const loadRule = (
  prefix: string,
  text: string,
  family: Family,
  chains: ReadonlyMap<string, Chain>,
): Rule => {
  try {
    const words = readRule(text)
    const checks = [
      ...words.header.map(compileHeader),
      ...words.matches
        .filter(({ name }) => name !== 'comment')
        .map((match) => compileMatch(match, family)),
    ]
    const action = resolve(compileTarget(words, family), chains)
    return { text: `${prefix} ${text}`.trimEnd(), checks, action }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`the tracer cannot read ${prefix} ${text}: ${reason}`, { cause: error })
  }
}

const resolve = (action: Action<string>, chains: ReadonlyMap<string, Chain>): Action<Chain> => {
  if (action.do !== 'jump' && action.do !== 'goto') return action
  const chain = chains.get(action.chain)
  if (!chain || chain.policy !== undefined)
    throw new Error(`${action.chain} is neither a target nor a chain`)
  return { do: action.do, chain }
}

/** How many chains follow this one at most; throws where that is too many, or a circle. */
const measure = (chain: Chain, heights: Map<Chain, number>, above: readonly Chain[]): number => {
  const path = [...above, chain]
  const known = heights.get(chain)
  if (above.includes(chain) || above.length + (known ?? 0) > DEEPEST)
    throw new Error(
      `more than ${DEEPEST} chains deep, or a circle: ${path.map(({ name }) => name).join(' > ')}`,
    )
  if (known !== undefined) return known
  let height = 0
  for (const { action } of chain.rules)
    if (action.do === 'jump' || action.do === 'goto')
      height = Math.max(height, 1 + measure(action.chain, heights, path))
  heights.set(chain, height)
  return height
}
