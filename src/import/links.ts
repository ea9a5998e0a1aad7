import type { Interface, LinkRoute } from '../config/config.ts'
import type { Path } from '../config/located.ts'
import { linkIdentity } from '../resources/link/link.ts'
import type { Link } from '../resources/link/link.ts'
import type { Route } from '../resources/route/route.ts'
import { addressesOf } from './addresses.ts'
import { defined } from './draft.ts'
import type { Omission, Remark } from './draft.ts'
import { portEntries, tunnelEntries } from './fdb.ts'
import { neighborsOf } from './neighbors.ts'
import {
  bridgeOptions,
  deviceOptions,
  portOptionsOf,
  vethOptions,
  vxlanOptions,
} from './options.ts'
import type { Placed } from './places.ts'
import { linkRoute } from './routes.ts'
import { isTaken } from './scene.ts'
import type { Scene } from './scene.ts'

/** What a link says, whichever it is. */
interface Entry {
  readonly entry: Partial<Interface>
  readonly omissions: readonly Omission[]
}

/** The routes of the file by the link that they stand at, by its identity. */
export type LinkRoutes = ReadonlyMap<string, readonly Route[]>

interface View {
  readonly scene: Scene
  readonly routes: LinkRoutes
}

const routesOf = ({ namespace, name }: Link, { routes }: View): readonly LinkRoute[] =>
  (routes.get(linkIdentity(namespace, name)) ?? []).map(linkRoute)

/** What hangs on a link: addresses, routes, neighbours. */
const withHangings = (link: Link, options: Partial<Interface>, view: View): Entry => {
  const { scene } = view
  const addresses = addressesOf(link, scene)
  const neighbors = neighborsOf(link, scene)
  const entry = defined({
    namespace: link.namespace === '' ? undefined : link.namespace,
    ...options,
    addresses: addresses.entries,
    routes: routesOf(link, view),
    neighbors: neighbors.entries,
  })
  return { entry, omissions: [...addresses.omissions, ...neighbors.omissions] }
}

const pinned = (link: Link, { scene }: View): Partial<Interface> =>
  defined({ fdb: portOptionsOf(link).bridge === undefined ? [] : portEntries(link, scene) })

const join = ({ entry, omissions }: Entry, more: object): Entry => ({
  entry: { ...entry, ...more },
  omissions,
})

const endOf = (link: Link, view: View): Entry =>
  join(withHangings(link, vethOptions(link), view), pinned(link, view))

const pairOf = (link: Link, peer: Link, view: View): Entry => {
  const [near, far] = [endOf(link, view), endOf(peer, view)]
  return {
    entry: { ...near.entry, peer: { name: peer.name, ...far.entry } } as Partial<Interface>,
    omissions: [...near.omissions, ...far.omissions],
  }
}

const vxlanOf = (link: Link, view: View): Entry => {
  const { remotes, fdb } = tunnelEntries(link, view.scene)
  const { id, device, group, local, ...options } = vxlanOptions(link, view.scene)
  const head = defined({ id, device, group, remotes, local })
  const { entry, omissions } = withHangings(link, { ...options }, view)
  const { namespace, ...rest } = entry
  return {
    entry: defined({
      namespace,
      ...head,
      ...rest,
      fdb: [...portEntries(link, view.scene), ...fdb],
    }),
    omissions,
  }
}

/** Of a device that is not ours, what hangs on it is all that is said. */
const deviceOf = (link: Link, view: View): Entry =>
  isTaken(link, view.scene)
    ? join(withHangings(link, deviceOptions(link), view), pinned(link, view))
    : withHangings(link, {}, view)

/** What the file says of a link. */
export const describeLink = (placed: Placed, view: View): Entry => {
  const { section, link } = placed
  switch (section) {
    case 'bridges':
      return withHangings(link, bridgeOptions(link, view.scene), view)
    case 'veths':
      return pairOf(link, placed.peer, view)
    case 'vxlans':
      return vxlanOf(link, view)
    case 'interfaces':
      return deviceOf(link, view)
  }
}

const remarks: ReadonlyMap<string, string> = new Map([
  ['veth', 'a veth whose other end is elsewhere'],
  ['vxlan', 'a vxlan that no file can say'],
])

/** Devices of a type that netplan does not make are what a reader may look for. */
export const remarkOf = ({ section, link }: Placed): readonly Remark[] => {
  const path: Path = [section, link.name]
  const isOther = section === 'interfaces' && link.type !== 'device' && link.name !== 'lo'
  return isOther ? [{ path, text: remarks.get(link.type) ?? link.type }] : []
}
