import { isTarget } from '../iptables/names.ts'
import type { Family } from '../net/addresses.ts'
import { targetOf } from '../resources/engine.ts'
import type { Engine } from '../resources/engine.ts'
import { defined } from './draft.ts'
import type { Draft, Omission } from './draft.ts'
import { readForwarding, readIptables, readMasquerade } from './readings.ts'
import type { Both } from './readings.ts'
import { allIn } from './scene.ts'
import type { Scene } from './scene.ts'

const families = ['inet', 'inet6'] as const

/** A built-in chain. */
export interface BuiltIn {
  readonly table: string
  readonly chain: string
  readonly policies: Readonly<Partial<Record<Family, string>>>
  /** Those of others. */
  readonly rules: Both
}

const tableOrder = ['raw', 'mangle', 'nat', 'filter']

const chainOrder = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']

export const builtInsOf = (scene: Scene): readonly BuiltIn[] => {
  const { builtIns = {} } = allIn<Engine>(scene, 'iptables', '')[0] ?? {}
  return tableOrder.flatMap((table) =>
    chainOrder.flatMap((chain): readonly BuiltIn[] => {
      const [four, six] = ['ip', 'ip6'].map((word) => builtIns[`${word} ${table} ${chain}`])
      if (!four && !six) return []
      const rules = { inet: four?.rules ?? [], inet6: six?.rules ?? [] }
      const policies = defined({ inet: four?.policy, inet6: six?.policy })
      return [{ table, chain, policies, rules }]
    }),
  )
}

/** The places that rules of a file may have in a built-in chain. */
export const placesIn = ({ rules }: BuiltIn): readonly string[] => {
  const targets = families.flatMap((family) => rules[family].map((rule) => targetOf(rule) ?? ''))
  const chains = new Set(targets.filter((target) => target !== '' && !isTarget(target)))
  return ['first', ...[...chains].map((chain) => `after ${chain}`), 'last']
}

/** Jumps to chains of others say nothing without these. */
const withoutJumps = (rules: Both): Both => {
  const isOwn = (rule: string): boolean => isTarget(targetOf(rule) ?? 'ACCEPT')
  return { inet: rules.inet.filter(isOwn), inet6: rules.inet6.filter(isOwn) }
}

const stays = 'rules of others stay as they are'

export const chainsOf = ({ table, chain, rules, policies }: BuiltIn): readonly Omission[] => {
  const targets = families.flatMap((family) => rules[family].map((rule) => targetOf(rule) ?? ''))
  const chains = new Set(targets.filter((target) => target !== '' && !isTarget(target)))
  const drops = Object.values(policies).filter((policy) => policy !== 'ACCEPT')
  return [
    ...[...chains].map((name) => ({ what: `chain ${name}, from ${table} ${chain}`, why: stays })),
    ...[...new Set(drops)].map((policy) => ({
      what: `the policy ${policy} of ${table} ${chain}`,
      why: stays,
    })),
  ]
}

/** Rules of others in a built-in chain, in the section that says them best. */
export const theirRules = (
  builtIn: BuiltIn,
): { readonly config: Draft['theirs']; readonly omissions: readonly Omission[] } => {
  const { table, chain } = builtIn
  const rules = withoutJumps(builtIn.rules)
  if (table === 'filter' && chain === 'FORWARD') {
    const { entries, omissions } = readForwarding(rules)
    if (omissions.length === 0) return { config: { forwarding: entries }, omissions }
  }
  if (table === 'nat' && chain === 'POSTROUTING') {
    const { entries, omissions } = readMasquerade(rules)
    if (omissions.length === 0) return { config: { masquerade: entries }, omissions }
  }
  const { entries, omissions } = readIptables(rules, { table, chain, place: 'last' })
  const named = omissions.map(({ what, why }) => ({
    what: `rule of ${table} ${chain}: ${what}`,
    why,
  }))
  return { config: { iptables: entries }, omissions: named }
}
