import type { Diagnostic, Location } from '../config/diagnostics.ts'
import { contains, familyOf } from '../net/addresses.ts'
import type { Family } from '../net/addresses.ts'
import { rulesOf } from '../resources/chain.ts'
import type { Chain } from '../resources/chain.ts'
import type { Engine } from '../resources/engine.ts'
import { familyWord } from '../resources/firewall.ts'
import type { Resource } from '../resources/kind.ts'
import type { Sysctl } from '../resources/sysctl.ts'
import { acceptsItself, causeOf, othersAccept } from './accepting.ts'
import type { Cause, Packets } from './accepting.ts'
import { populatedBridges } from './bridges.ts'
import { chainsIn } from './frontends.ts'
import { warn } from './lint.ts'
import type { Lint, Situation } from './lint.ts'
import { unmarkedService } from './unmarked.ts'

const bridging = {
  inet: 'net/bridge/bridge-nf-call-iptables',
  inet6: 'net/bridge/bridge-nf-call-ip6tables',
}

const forwarding = {
  inet: ['net/ipv4/ip_forward', 'net/ipv4/conf/all/forwarding'],
  inet6: ['net/ipv6/conf/all/forwarding'],
}

/** Which packets come to FORWARD at all. */
interface Switches {
  readonly routed: boolean
  readonly bridged: boolean
}

/** As the file has them, else as they are. */
const switchesOf = async ({ desired, reader }: Situation, family: Family): Promise<Switches> => {
  const wanted = new Map(
    desired
      .filter((one): one is Sysctl => one.kind === 'sysctl' && one.namespace === '')
      .map(({ path, attributes: { value } }) => [path, value]),
  )
  const observed = await reader.sysctls('', [bridging[family], ...forwarding[family]])
  const isOn = (paths: readonly string[]): boolean => {
    const asked = paths.flatMap((path) => wanted.get(path) ?? [])
    const values = asked.length > 0 ? asked : paths.flatMap((path) => observed.get(path) ?? [])
    return values.some((value) => value !== '0')
  }
  return { routed: isOn(forwarding[family]), bridged: isOn([bridging[family]]) }
}

/** Something of the file that suffers where FORWARD drops its packets. */
interface Victim extends Packets {
  readonly text: string
  readonly source: Location | undefined
}

const ofFamily = (networks: readonly string[], family: Family): readonly string[] =>
  networks.filter((network) => familyOf(network) === family)

/** What is behind a bridge talks by it, to each other and to all the world. */
const bridgeVictims = (
  desired: readonly Resource[],
  family: Family,
  { routed, bridged }: Switches,
): readonly Victim[] =>
  populatedBridges(desired).flatMap(({ name, source, ports, ...bridge }) => {
    const networks = ofFamily(bridge.networks, family)
    const isRouted = routed && ofFamily(bridge.gateways, family).length > 0
    const isBridged = bridged && ports > 1 && networks.length > 0
    if (!isRouted && !isBridged) return []
    return [{ text: `the bridge ${name}`, devices: [name], networks, source }]
  })

const masquerades = ({ chain }: Chain): boolean => /^NP\d+-MASQUERADE$/.test(chain)

const valuesOf = (chain: Chain, selector: RegExp): readonly string[] =>
  rulesOf(chain).flatMap((rule) => selector.exec(rule)?.[1] ?? [])

const masqueradeVictims = (chains: readonly Chain[], { routed }: Switches): readonly Victim[] =>
  chains
    .filter((chain) => routed && masquerades(chain))
    .map((chain) => ({
      text: 'masquerade',
      devices: valuesOf(chain, /^-o (\w\S*) /),
      networks: valuesOf(chain, /^-s (\S+) /),
      source: chain.source,
    }))

const translated = /^(?:-d (\S+) )?-m conntrack --ctstate DNAT -j ACCEPT$/

const acceptances = (chains: readonly Chain[]): readonly Chain[] =>
  chains.filter(({ chain }) => /^NP\d+-ACCEPT$/.test(chain))

/** The network whose services are let through by themselves. */
const clusterNetworks = (chains: readonly Chain[]): readonly string[] =>
  acceptances(chains).flatMap((chain) => valuesOf(chain, translated))

/** Where the network of the pods is known, or the mark says it, packets of services are let through. */
const serviceVictims = (chains: readonly Chain[], { routed }: Switches): readonly Victim[] => {
  const isLetThrough = acceptances(chains).some((one) =>
    rulesOf(one).some((rule) => translated.test(rule)),
  )
  const unmarked = !routed || isLetThrough ? undefined : unmarkedService(chains)
  if (!unmarked) return []
  return [{ text: 'services', devices: [], networks: [], source: unmarked.source }]
}

const findVictims = (
  { desired }: Situation,
  family: Family,
  switches: Switches,
): readonly Victim[] => {
  const chains = chainsIn(desired).filter((one) => one.family === family)
  return [
    ...bridgeVictims(desired, family, switches),
    ...masqueradeVictims(chains, switches),
    ...serviceVictims(chains, switches),
  ]
}

const entriesFor = (from: string, to: string, value: string): readonly string[] =>
  [from, to].map((key) => `{ ${key}: ${value} }`)

/** What to write, so that they pass: by the networks that the file names, else by the device. */
const hintFor = (victims: readonly Victim[], known: readonly string[]): string => {
  const entries = victims.flatMap(({ devices: [device], networks }) => {
    const wide = known.filter((network) => networks.some((one) => contains(network, one)))
    if (wide.length > 0 || device === undefined)
      return wide.flatMap((network) => entriesFor('source', 'destination', network))
    return entriesFor('inInterface', 'outInterface', device)
  })
  if (entries.length > 0) return `forwarding: [${[...new Set(entries)].join(', ')}]`
  return victims.some(({ text }) => text === 'services')
    ? 'serviceProxy.clusterCIDRs: what goes to services in this network is accepted'
    : 'forwarding: [{ source: NETWORK }, { destination: NETWORK }]'
}

const joined = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${String(words.at(-1))}`

const warnOf = (
  family: Family,
  { text }: Cause,
  victims: readonly Victim[],
  known: readonly string[],
): Diagnostic => {
  const whose = joined(victims.map((one) => one.text))
  const message =
    `FORWARD${family === 'inet6' ? ' of IPv6' : ''} drops what nothing accepts (${text}): ` +
    `packets of ${whose}`
  return warn(message, { source: victims[0]?.source }, hintFor(victims, known))
}

const lintFamily = async (
  situation: Situation,
  engine: Engine,
  family: Family,
): Promise<readonly Diagnostic[]> => {
  const { desired, reader } = situation
  const builtIn = engine.builtIns[`${familyWord(family)} filter FORWARD`]
  const cause = builtIn && causeOf(builtIn)
  if (!cause || acceptsItself(desired, family, cause)) return []
  const victims = findVictims(situation, family, await switchesOf(situation, family))
  const firewall = victims.length > 0 ? await reader.firewall(false) : undefined
  if (!firewall) return []
  const chains = chainsIn(desired).filter((one) => one.family === family)
  const isAccepted = othersAccept(firewall, family, chains[0]?.mark)
  const left = victims.filter((one) => !isAccepted(one))
  const masqueraded = chains.filter(masquerades).flatMap((one) => valuesOf(one, /^-s (\S+) /))
  const known = [...new Set([...clusterNetworks(chains), ...masqueraded])]
  return left.length === 0 ? [] : [warnOf(family, cause, left, known)]
}

/** Under Docker and many firewalls, FORWARD drops what no rule accepts. */
export const lintForward: Lint = async (situation) => {
  const engine = situation.observed.find((one): one is Engine => one.kind === 'iptables')
  if (!engine || situation.desired.length === 0) return []
  const found = await Promise.all(
    (['inet', 'inet6'] as const).map((family) => lintFamily(situation, engine, family)),
  )
  return found.flat()
}
