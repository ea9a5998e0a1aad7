import type { IptablesRule } from '../config/config.ts'
import { neighborDiscovery } from '../expand/drafts.ts'
import { userChain } from '../expand/firewall.ts'
import type { Family } from '../net/addresses.ts'
import { rulesOf } from '../resources/chain.ts'
import type { Chain } from '../resources/chain.ts'
import { chainPrefix } from '../resources/firewall.ts'
import { serviceOf } from '../resources/service-chain.ts'
import { defined } from './draft.ts'
import type { Draft, Omission } from './draft.ts'
import { readForwarding, readIptables, readMasquerade } from './readings.ts'
import type { Both, Reading } from './readings.ts'
import { allIn, judge, titleOf } from './scene.ts'
import type { Scene } from './scene.ts'
import { builtInsOf, chainsOf, placesIn, theirRules } from './their-rules.ts'

type Rules = Draft['theirs']

/** What the rules of a node come to. */
export interface FirewallDraft {
  readonly config: Rules
  /** What rules of others would be, if they were the file's. */
  readonly theirs: Rules
  readonly omissions: readonly Omission[]
  readonly lacksServices: boolean
}

const ownChains = (scene: Scene): readonly Chain[] =>
  allIn<Chain>(scene, 'chain', '').filter(
    (chain) => chain.mark === scene.owner.id && chain.elsewhere === undefined,
  )

const rulesIn = (chains: readonly Chain[], table: string, name: string): Both => {
  const of = (family: Family): readonly string[] => {
    const found = chains.find(
      (one) => one.family === family && one.table === table && one.chain === name,
    )
    return found ? rulesOf(found) : []
  }
  return { inet: of('inet'), inet6: of('inet6') }
}

/** What a chain of IPv6 begins with that lets anything through. */
const withoutDiscovery = (rules: Both): Both => ({
  ...rules,
  inet6: neighborDiscovery.every((rule, at) => rules.inet6[at] === rule)
    ? rules.inet6.slice(neighborDiscovery.length)
    : rules.inet6,
})

const ownRules = (chains: readonly Chain[], scene: Scene): Reading<IptablesRule> => {
  const all = builtInsOf(scene).flatMap((builtIn) =>
    placesIn(builtIn).map((place) => {
      const { table, chain } = builtIn
      const name = userChain(scene.owner, chain, place)
      return readIptables(rulesIn(chains, table, name), { table, chain, place })
    }),
  )
  return {
    entries: all.flatMap(({ entries }) => entries),
    omissions: all.flatMap(({ omissions }) => omissions),
  }
}

const joinRules = (all: readonly Rules[]): Rules =>
  defined({
    forwarding: all.flatMap(({ forwarding = [] }) => forwarding),
    masquerade: all.flatMap(({ masquerade = [] }) => masquerade),
    iptables: all.flatMap(({ iptables = [] }) => iptables),
  })

/** Chains of other owners, and of services, which are no sections that could be read back. */
const chainOmissions = (scene: Scene): readonly Omission[] =>
  allIn<Chain>(scene, 'chain', '').flatMap((chain): readonly Omission[] => {
    const verdict = judge(chain, scene)
    if (!verdict.taken)
      return verdict.why === undefined ? [] : [{ what: titleOf(chain), why: verdict.why }]
    const group = serviceOf(chain.chain, rulesOf(chain))
    return group === undefined ? [] : [{ what: group, why: 'services cannot be read back' }]
  })

const hasServices = (chains: readonly Chain[]): boolean =>
  chains.some((chain) => serviceOf(chain.chain, rulesOf(chain)) !== undefined)

/** Rules that nobody could read are not rules that are not there. */
const unreadRules = (scene: Scene): readonly Omission[] =>
  scene.observed.some(({ kind }) => kind === 'iptables')
    ? []
    : [{ what: 'rules of iptables', why: 'not read: its programs are missing, or root alone may' }]

/** The sections that rules of a node come to, and what others have of rules. */
export const describeFirewall = (scene: Scene): FirewallDraft => {
  const chains = ownChains(scene)
  const prefix = chainPrefix(scene.owner)
  const forwarding = readForwarding(withoutDiscovery(rulesIn(chains, 'filter', `${prefix}FORWARD`)))
  const masquerade = readMasquerade(rulesIn(chains, 'nat', `${prefix}MASQUERADE`))
  const iptables = ownRules(chains, scene)
  const builtIns = scene.scope === 'owned' ? [] : builtInsOf(scene)
  const theirs = builtIns.map(theirRules)
  return {
    config: joinRules([
      {
        forwarding: forwarding.entries,
        masquerade: masquerade.entries,
        iptables: iptables.entries,
      },
    ]),
    lacksServices: hasServices(chains),
    theirs: joinRules(theirs.map(({ config }) => config)),
    omissions: [
      ...[forwarding, masquerade, iptables].flatMap(({ omissions }) => omissions),
      ...unreadRules(scene),
      ...builtIns.flatMap(chainsOf),
      ...theirs.flatMap(({ omissions }) => omissions),
      ...chainOmissions(scene),
    ],
  }
}
