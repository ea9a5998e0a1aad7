import type { Config, Namespace } from '../config/config.ts'
import { ownerId } from '../resources/ownership.ts'
import { linkIdentity } from '../resources/link/link.ts'
import type { Link } from '../resources/link/link.ts'
import type { Route } from '../resources/route/route.ts'
import { defined } from './draft.ts'
import type { Draft, Omission } from './draft.ts'
import { describeFirewall } from './firewall.ts'
import { describeLink, remarkOf } from './links.ts'
import type { LinkRoutes } from './links.ts'
import { namespaceOf, namespacesOf } from './namespaces.ts'
import { devicesOf, placeLinks } from './places.ts'
import type { Placed } from './places.ts'
import { deviceOf, fullRoute, routesIn } from './routes.ts'
import { devicesOf as devicesOfRoute } from '../resources/route/route.ts'
import { rulesIn } from './rules.ts'
import { allIn, isTaken } from './scene.ts'
import type { Scene } from './scene.ts'
import { sysctlsIn } from './sysctls.ts'

/** What a namespace has beside its links, or the node itself. */
interface Space {
  readonly name: string
  readonly section: Pick<Config, 'routes' | 'rules' | 'sysctls'>
  readonly linkRoutes: LinkRoutes
  /** All of the file's, wherever they stand. */
  readonly routes: readonly Route[]
  readonly omissions: readonly Omission[]
}

/** A route stands at its link, unless nothing else is said of that one. */
const sortRoutes = (
  routes: readonly Route[],
  hosts: ReadonlySet<string>,
): { readonly own: readonly Route[]; readonly linkRoutes: LinkRoutes } => {
  const own: Route[] = []
  const linkRoutes = new Map<string, Route[]>()
  for (const route of routes) {
    const device = deviceOf(route)
    const key = linkIdentity(route.namespace, device ?? '')
    if (device === undefined || !hosts.has(key)) own.push(route)
    else linkRoutes.set(key, [...(linkRoutes.get(key) ?? []), route])
  }
  return { own, linkRoutes }
}

const describeSpace = (
  name: string,
  scene: Scene,
  { devices, hosts }: { devices: ReadonlySet<string>; hosts: ReadonlySet<string> },
): Space => {
  const routes = routesIn(name, scene)
  const rules = rulesIn(name, scene)
  const { own, linkRoutes } = sortRoutes(routes.entries, hosts)
  const { sysctls, omissions } = sysctlsIn(name, scene, devices)
  return {
    name,
    section: defined({
      routes: own.map(fullRoute),
      rules: rules.entries,
      sysctls: Object.keys(sysctls).length === 0 ? undefined : sysctls,
    }),
    linkRoutes,
    routes: routes.entries,
    omissions: [...routes.omissions, ...rules.omissions, ...omissions],
  }
}

/** Links that a route may stand at: those that are more than a name. */
const hostsOf = (placed: readonly Placed[], scene: Scene): ReadonlySet<string> =>
  devicesOf(
    placed.filter((one) => {
      const { entry } = describeLink(one, { scene, routes: new Map() })
      const says = Object.keys(entry).some((key) => key !== 'namespace')
      return one.section !== 'interfaces' || says
    }),
  )

/** Devices that routes and tunnels name. */
const namedDevices = (
  routes: readonly Route[],
  placed: readonly Placed[],
): readonly (readonly [namespace: string, name: string])[] => [
  ...routes.flatMap((route) =>
    devicesOfRoute(route).map((name) => [route.namespace, name] as const),
  ),
  ...placed.flatMap(({ link: { type, namespace, attributes } }) =>
    type === 'vxlan' && typeof attributes['device'] === 'string'
      ? [[namespace, attributes['device']] as const]
      : [],
  ),
]

/** Those of them of which nothing else is said: they only have to be there. */
const bareDevices = (
  scene: Scene,
  named: readonly (readonly [string, string])[],
  placed: readonly Placed[],
): readonly Placed[] => {
  const devices = devicesOf(placed)
  const keys = new Set(
    placed.filter((one) => one.section === 'interfaces').map(({ link }) => link.name),
  )
  return named.flatMap(([namespace, name]): readonly Placed[] => {
    if (name === 'lo' || keys.has(name) || devices.has(linkIdentity(namespace, name))) return []
    const link = allIn<Link>(scene, 'link', namespace).find((one) => one.name === name)
    if (!link) return []
    keys.add(name)
    return [{ section: 'interfaces', link }]
  })
}

const sectionOf = (
  section: Placed['section'],
  described: readonly Described[],
): Readonly<Record<string, unknown>> | undefined => {
  const own = described.filter(({ placed }) => placed.section === section)
  if (own.length === 0) return undefined
  return Object.fromEntries(own.map(({ placed: { link }, entry }) => [link.name, entry]))
}

interface Described {
  readonly placed: Placed
  readonly entry: object
  readonly omissions: readonly Omission[]
}

const isUsed = (name: string, placed: readonly Placed[]): boolean =>
  placed.some((one) =>
    [one.link, ...(one.section === 'veths' ? [one.peer] : [])].some(
      ({ namespace }) => namespace === name,
    ),
  )

const describeNamespaces = (
  scene: Scene,
  spaces: readonly Space[],
  placed: readonly Placed[],
): Config['namespaces'] => {
  const entries = namespacesOf(scene).flatMap(
    (namespace): readonly (readonly [string, Namespace])[] => {
      const { section = {} } = spaces.find(({ name }) => name === namespace.name) ?? {}
      const says = Object.keys(section).length > 0 || isUsed(namespace.name, placed)
      if (!says && !isTaken(namespace, scene)) return []
      return [[namespace.name, { ...namespaceOf(namespace, scene), ...section }]]
    },
  )
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

/** Whose file it is, where that is not the usual one. */
const headOf = ({ owner: { name, id } }: Scene): Config => ({
  ...(name === 'netplan' ? {} : { owner: name }),
  ...(id === ownerId(name) ? {} : { ownerId: id }),
})

/**
 * A configuration for what a node has: the inverse of the expansion. What cannot be said, or is not for the file, is
 * told beside.
 */
export const describeNode = (scene: Scene): Draft => {
  const { placed: chosen, omissions } = placeLinks(scene)
  const hosts = hostsOf(chosen, scene)
  const names = ['', ...namespacesOf(scene).map(({ name }) => name)]
  const devices = devicesOf(chosen)
  const spaces = names.map((name) => describeSpace(name, scene, { devices, hosts }))
  const routes = spaces.flatMap((space) => space.routes)
  const bare = bareDevices(scene, namedDevices(routes, chosen), chosen)
  const linkRoutes = new Map(spaces.flatMap((space) => [...space.linkRoutes]))
  const described: readonly Described[] = [
    ...chosen.map((placed) => ({ placed, ...describeLink(placed, { scene, routes: linkRoutes }) })),
    ...bare.map((placed) => ({ placed, entry: {}, omissions: [] })),
  ]
  const placed = described.map((one) => one.placed)
  const firewall = describeFirewall(scene)
  const sections = {
    ...headOf(scene),
    namespaces: describeNamespaces(scene, spaces, placed),
    interfaces: sectionOf('interfaces', described),
    bridges: sectionOf('bridges', described),
    veths: sectionOf('veths', described),
    vxlans: sectionOf('vxlans', described),
    ...spaces[0]?.section,
    ...firewall.config,
  }
  return {
    config: defined(sections) as Config,
    omissions: [
      ...omissions,
      ...described.flatMap((one) => one.omissions),
      ...spaces.flatMap((space) => space.omissions),
      ...firewall.omissions,
    ],
    remarks: placed.flatMap(remarkOf),
    theirs: firewall.theirs,
    lacksServices: firewall.lacksServices,
  }
}
