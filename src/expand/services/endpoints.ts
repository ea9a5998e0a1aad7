import { hashedName } from '../../iptables/names.ts'
import type { ChainDraft } from '../drafts.ts'
import type { Port } from './model.ts'

type Drafts = readonly Pick<ChainDraft, 'chain' | 'rules'>[]

/** The rules that choose an endpoint, and the chains further down that they lead to. */
export interface Choice {
  readonly rules: readonly string[]
  readonly below: Drafts
}

/** How one of several ways is taken: the first `of` times in turn, or by chance. */
const share = (of: number, random: boolean): string => {
  if (of === 1) return ''
  if (!random) return ` -m statistic --mode nth --every ${String(of)} --packet 0`
  // What is kept of a probability is 31 bits (xt_statistic.c).
  const kept = Math.round((1 / of) * 2 ** 31) / 2 ** 31
  return ` -m statistic --mode random --probability ${kept.toFixed(11)}`
}

/** Above this many, finding the last of them costs more than another chain. */
const widest = 8

interface Spread {
  readonly port: Port
  /** The name of the chain below for a path, as "3.0". */
  nameOf(path: string): string
  /** The rule that takes an endpoint, with the condition for it. */
  take(condition: string, target: string): string
}

/**
 * Up to eight endpoints are rules side by side; more are a tree of eight ways. Each rule takes its
 * exact share of what the rules before it have left, so that each endpoint has the same: in turn, every
 * one in a round; by chance, with the same probability.
 */
const spread = (targets: readonly string[], path: string, how: Spread): Choice => {
  const { random, protocol } = how.port
  const rest = targets.length > widest ? targets.length % widest : targets.length
  const rules = targets
    .slice(0, rest)
    .map((target, index) => how.take(share(targets.length - index, random), target))
  const size = (targets.length - rest) / widest
  const branches = Array.from({ length: size > 0 ? widest : 0 }, (_, index) =>
    targets.slice(rest + index * size, rest + (index + 1) * size),
  )
  const below: Drafts[number][] = []
  branches.forEach((branch, index) => {
    const condition = share(widest - index, random)
    const [only, ...more] = branch
    if (only !== undefined && more.length === 0) {
      rules.push(how.take(condition, only))
      return
    }
    const at = `${path}.${String(index)}`
    const choice = spread(branch, at, how)
    below.push(...choice.below, { chain: how.nameOf(at), rules: choice.rules })
    rules.push(`-p ${protocol}${condition} -g ${how.nameOf(at)}`)
  })
  return { rules, below }
}

const allBits = { inet: '255.255.255.255', inet6: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff' }

/** The rules of a service's chain that lead to its endpoints. */
export const chooseEndpoint = (
  port: Port,
  targets: readonly string[],
  chain: string,
  prefix: string,
): Choice => {
  const { family, protocol, affinity } = port
  const dnat = (target: string): string => `-j DNAT --to-destination ${target}`
  // xt_recent remembers who came to an endpoint: its list has the endpoint's name.
  const list = (target: string): string =>
    `--name ${hashedName(`${prefix}R-`, chain, target)} --mask ${allBits[family]} --rsource`
  const remembered =
    affinity === undefined
      ? []
      : targets.map(
          (target) =>
            `-p ${protocol} -m recent --update --seconds ${String(affinity)} --reap ` +
            `${list(target)} ${dnat(target)}`,
        )
  const { rules, below } = spread(targets, '', {
    port,
    nameOf: (path) => hashedName(`${prefix}E-`, chain, path),
    take: (condition, target) => {
      const remember = affinity === undefined ? '' : ` -m recent --set ${list(target)}`
      return `-p ${protocol}${condition}${remember} ${dnat(target)}`
    },
  })
  return { rules: [...remembered, ...rules], below }
}
