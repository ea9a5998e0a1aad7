import { neighborDiscovery } from '../drafts.ts'
import type { ChainDraft, Drafts } from '../drafts.ts'
import { deepestTrie } from './dispatch.ts'
import { addressKey, addressShape } from './keys.ts'
import type { Port } from './model.ts'
import { hostPrefix, select } from './proxy.ts'
import type { Proxy } from './proxy.ts'
import { buildTrie } from './trie.ts'

const addressOf = (target: string): string =>
  target.startsWith('[')
    ? target.slice(1, target.indexOf(']'))
    : target.slice(0, target.indexOf(':'))

/** The addresses of endpoints on this node. */
const localAddresses = (ports: readonly Port[]): readonly string[] => [
  ...new Set(ports.flatMap(({ local }) => local.map(addressOf))),
]

/** An endpoint that comes to itself by way of its service: it would answer itself, and be at a loss. */
const hairpinChains = (
  ports: readonly Port[],
  { family, prefix }: Proxy,
): readonly Pick<ChainDraft, 'chain' | 'rules'>[] => {
  const leaves = localAddresses(ports).map((address) => {
    const host = hostPrefix(address)
    return { key: addressKey(address), rule: `-s ${host} -d ${host} -j MASQUERADE` }
  })
  if (leaves.length === 0) return []
  const shape = addressShape(`${prefix}H-`, family, '-s')
  return buildTrie(`${prefix}HAIRPIN`, leaves, shape, deepestTrie)
}

/** Sees to it that answers come back through this node, which alone knows whom they are for. */
export const draftAnswers = (ports: readonly Port[], proxy: Proxy): Drafts => {
  const { family, prefix, mark, source } = proxy
  const [value = ''] = mark.split('/')
  const hairpin = hairpinChains(ports, proxy)
  const masquerade = [
    // The mark outlives a tunnel, behind which it would be masqueraded once more (kubernetes#92035).
    `-j MARK --set-xmark ${value}/0x0`,
    '-j MASQUERADE --random-fully',
  ]
  const rules = [
    `-m mark --mark ${mark} -g ${prefix}SNAT`,
    ...(hairpin.length === 0 ? [] : [`-m conntrack --ctstate DNAT -j ${prefix}HAIRPIN`]),
  ]
  const chains = [
    { chain: `${prefix}SNAT`, rules: masquerade },
    ...hairpin,
    { chain: `${prefix}POSTROUTING`, rules },
  ]
  return {
    chains: chains.map((one): ChainDraft => ({
      ...one,
      family,
      table: 'nat',

      source,
    })),
    jumps: [
      {
        family,
        table: 'nat',
        chain: 'POSTROUTING',
        place: 'first',
        rule: `-j ${prefix}POSTROUTING`,
        source,
      },
    ],
  }
}

/** Lets the packets of services through, where the policy of FORWARD does not, as under Docker. */
export const draftAcceptance = ({ family, prefix, mark, clusterCIDR, source }: Proxy): Drafts => ({
  chains: [
    {
      family,
      table: 'filter',
      chain: `${prefix}ACCEPT`,
      rules: [
        `-m mark --mark ${mark} -j ACCEPT`,
        ...(clusterCIDR === undefined
          ? []
          : [`${select('-d', clusterCIDR)}-m conntrack --ctstate DNAT -j ACCEPT`]),
        '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
        ...(family === 'inet6' ? neighborDiscovery : []),
      ],

      source,
    },
  ],
  jumps: [
    {
      family,
      table: 'filter',
      chain: 'FORWARD',
      place: 'first',
      rule: `-j ${prefix}ACCEPT`,
      source,
    },
  ],
})

/** With node ports on 127.0.0.1, others on the wire could reach what listens there alone (CVE-2020-8558). */
export const draftLocalnet = ({ family, prefix, source }: Proxy): Drafts => ({
  chains: [
    {
      family,
      table: 'filter',
      chain: `${prefix}LOCALNET`,
      rules: [
        '! -s 127.0.0.0/8 -d 127.0.0.0/8 ' +
          '-m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP',
      ],

      source,
    },
  ],
  jumps: [
    {
      family,
      table: 'filter',
      chain: 'INPUT',
      place: 'first',
      rule: `-j ${prefix}LOCALNET`,
      source,
    },
  ],
})
