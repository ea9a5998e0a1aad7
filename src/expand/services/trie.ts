import type { ChainDraft } from '../drafts.ts'

/** A rule that is for one key alone: an address, or a port, as hexadecimal digits. */
export interface Leaf {
  readonly key: string
  readonly rule: string
}

/** How chains and rules say a prefix of a key. */
export interface Shape {
  /** The name of the chain for a prefix, which depends on nothing else. */
  nameOf(prefix: string): string
  /** The match of a prefix, as `-d 10.96.0.0/20`. */
  match(prefix: string): string
}

/** Chains without what all of them share. */
export type TrieChain = Pick<ChainDraft, 'chain' | 'rules'>

interface Trie {
  readonly chains: readonly TrieChain[]
  /** How many chains a packet goes through at most. */
  readonly depth: number
}

const commonPrefix = (leaves: readonly Leaf[]): string => {
  const [first = '', last = ''] = [leaves[0]?.key, leaves.at(-1)?.key]
  let length = 0
  while (length < first.length && first[length] === last[length]) length += 1
  return first.slice(0, length)
}

/** By the digit behind what they share; they are sorted, so that each group is a run. */
const groupByDigit = (leaves: readonly Leaf[], at: number): readonly (readonly Leaf[])[] => {
  const groups: Leaf[][] = []
  let digit: string | undefined
  for (const leaf of leaves) {
    if (leaf.key[at] !== digit) groups.push([])
    digit = leaf.key[at]
    groups.at(-1)?.push(leaf)
  }
  return groups
}

// Measured: of 4 to 16 digits a level and 4 to 16 rules a leaf, all cost the same; this makes the
// fewest chains, which is what loading them costs (docs/dataplane.md).
const leafSize = 16

const leafOf = (chain: string, leaves: readonly Leaf[]): Trie => ({
  chains: [{ chain, rules: leaves.map(({ rule }) => rule) }],
  depth: 1,
})

/** A rule of a chain: for one key, or into the chain below it, which has the last place in `below`. */
interface Branch {
  readonly rule: string
  readonly below?: Trie
}

const branchOf = (group: readonly Leaf[], shape: Shape, most: number): Branch => {
  const [only, ...more] = group
  if (only && more.length === 0) return { rule: only.rule }
  const prefix = commonPrefix(group)
  const name = shape.nameOf(prefix)
  return {
    rule: `${shape.match(prefix)} -g ${name}`,
    below: build(name, group, shape, most),
  }
}

/**
 * Where few keys branch off on the way to many, the way is not worth a chain for each: the rules of the
 * only chain below that leads on stand in its place, where there is room for them.
 */
const flatten = (branches: readonly Branch[]): readonly Branch[] => {
  const inner = branches.filter(({ below }) => below !== undefined && below.depth > 1)
  const [only] = inner
  const rules = only?.below?.chains.at(-1)?.rules ?? []
  if (!only?.below || inner.length > 1 || branches.length - 1 + rules.length > leafSize)
    return branches
  const { chains } = only.below
  const further = { chains: chains.slice(0, -1), depth: only.below.depth - 1 }
  return branches.flatMap((branch): readonly Branch[] =>
    branch === only
      ? rules.map((rule, index) => (index === 0 ? { rule, below: further } : { rule }))
      : [branch],
  )
}

const build = (chain: string, leaves: readonly Leaf[], shape: Shape, most: number): Trie => {
  const at = commonPrefix(leaves).length
  if (leaves.length <= most || at === leaves[0]?.key.length) return leafOf(chain, leaves)
  const groups = groupByDigit(leaves, at)
  const branches = flatten(groups.map((group) => branchOf(group, shape, most)))
  const below = branches.flatMap((branch) => branch.below ?? [])
  // The leaves first: what they are referred from comes after them.
  return {
    chains: [
      ...below.flatMap(({ chains }) => chains),
      { chain, rules: branches.map(({ rule }) => rule) },
    ],
    depth: 1 + Math.max(0, ...below.map(({ depth }) => depth)),
  }
}

/**
 * Chains that find the rules of a key in as many steps as the key has digits at most, however many
 * rules there are: a path-compressed trie of 16 ways. A chain's content depends on the rules below it
 * alone, so that an edit rewrites the chains on its path.
 *
 * @param leaves in the order in which those of one key are to be met
 * @param mostChains how deep it may be: where keys are unlucky, leaves grow instead
 */
export const buildTrie = (
  root: string,
  leaves: readonly Leaf[],
  shape: Shape,
  mostChains: number,
): readonly TrieChain[] => {
  const sorted = leaves
    .map((leaf, index) => ({ leaf, index }))
    .sort((a, b) =>
      a.leaf.key < b.leaf.key ? -1 : a.leaf.key > b.leaf.key ? 1 : a.index - b.index,
    )
    .map(({ leaf }) => leaf)
  for (let most = leafSize; ; most *= 2) {
    const { chains, depth } = build(root, sorted, shape, most)
    if (depth <= mostChains || most >= sorted.length) return chains
  }
}

/** What all keys begin with: who has another key has no business in the trie. */
export const sharedPrefix = (leaves: readonly Leaf[]): string => {
  const keys = leaves.map(({ key }) => key).sort()
  return commonPrefix([keys[0] ?? '', keys.at(-1) ?? ''].map((key) => ({ key, rule: '' })))
}
