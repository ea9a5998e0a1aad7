import type { Namespace } from '../resources/namespace.ts'
import type { Link } from '../resources/link/link.ts'
import { peerIdentity } from '../resources/link/link.ts'
import { extraSteps } from '../resources/link/extras.ts'
import type { Resource, World } from '../resources/kind.ts'

/** What of a node cannot be as it is there, and why. */
export interface LeftOut {
  readonly what: string
  readonly why: string
}

const isLink = (one: Resource): one is Link => one.kind === 'link'

/** Whether a link can be made as it is: else a veth is there instead. */
const canBeMade = (link: Link, world: World): boolean => {
  const { type, attributes } = link
  if (type === 'bridge' || link.name === 'lo') return true
  // One that takes its number from each packet shows none.
  if (type === 'vxlan') return typeof attributes['id'] === 'number'
  const { peer } = attributes
  return type === 'veth' && typeof peer === 'string' && world.find(peerIdentity(peer)) !== undefined
}

/** Links in whose place a veth is to be, whose other end is in a namespace that nobody sees. */
export const findStandIns = (observed: readonly Resource[], world: World): readonly Link[] =>
  observed.filter(isLink).filter((link) => !canBeMade(link, world))

/** A stand-in, as what is desired of it says: a device that is there already. */
const asDevice = (link: Link): Link => {
  const other = { type: undefined, peer: undefined, mtu: mtuOf(link), mac: macOf(link) }
  return { ...link, type: 'device', attributes: { ...link.attributes, ...other } }
}

/** What a veth takes (ETH_MIN_MTU, ETH_MAX_MTU). */
const [leastMtu, mostMtu] = [68, 65535]

/** A device of another kind, as of a CAN bus, may have less. */
const mtuOf = ({ attributes: { mtu } }: Link): number =>
  Math.max(leastMtu, Math.min(Number(mtu), mostMtu))

/** No device of Ethernet has the address of a group. */
const ethernet = /^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/

/** Of a link that has an address of another form, or none, the kernel chooses one. */
const macOf = ({ attributes: { mac } }: Link): string | undefined =>
  typeof mac === 'string' && ethernet.test(mac) && mac !== '00:00:00:00:00:00' ? mac : undefined

/** All that was observed, with devices in the place of the links that have a stand-in. */
export const withStandIns = (
  observed: readonly Resource[],
  standIns: readonly Link[],
): readonly Resource[] => {
  const replaced = new Set<Resource>(standIns)
  return observed.map((one) => (isLink(one) && replaced.has(one) ? asDevice(one) : one))
}

type Argv = readonly string[]

/** The commands that make a stand-in, in its own namespace. */
export const makeStandIn = (link: Link, far: { netns: string; name: string }): readonly Argv[] => {
  const mac = macOf(link)
  const mtu = String(mtuOf(link))
  return [
    [
      ...['ip', 'link', 'add', 'name', link.name, 'mtu', mtu, 'group', String(link.mark ?? 0)],
      ...(mac === undefined ? [] : ['address', mac]),
      ...['type', 'veth', 'peer', 'name', far.name, 'mtu', mtu, 'netns', far.netns],
    ],
    ...extraSteps(link).map(({ argv }) => argv),
  ]
}

export const describeStandIn = ({ namespace, name, type, attributes }: Link): LeftOut => {
  const what = `${type === 'device' ? 'device' : type} ${name}${namespace === '' ? '' : ` in ${namespace}`}`
  const why =
    type === 'veth' && attributes['peer'] !== undefined
      ? 'its other end is in a namespace that is not read: it ends nowhere'
      : 'a veth stands in for it, whose other end is nobody'
  return { what, why }
}

/** How a namespace comes about: by a command; else why it cannot be had. */
export const makeNamespace = ({
  name,
  path,
}: Pick<Namespace, 'name' | 'path'>): { readonly argv: Argv } | { readonly why: string } => {
  if (path === `/run/netns/${name}`) return { argv: ['ip', 'netns', 'add', name] }
  if (path.startsWith('/run/') || path.startsWith('/var/run/'))
    return { argv: ['unshare', `--net=${path}`, '--', 'true'] }
  return { why: `it is known by ${path} alone, which cannot be made elsewhere` }
}
