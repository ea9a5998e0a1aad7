import { contains, familyOf } from '../net/addresses.ts'
import type { Route } from '../resources/route/route.ts'
import { devicesOf } from '../resources/route/route.ts'
import { addressesIn, hostOf } from './scene.ts'
import type { Scene } from './scene.ts'
import type { SshSession } from './ssh.ts'

/** A way by which people come to the node, or it to them. */
export interface Way {
  /** As it stands in a sentence: "the default route". */
  readonly what: string
  /** The way is this route, and no other that happens to go there. */
  readonly isRoute: boolean
  readonly route: Route
  /** Who is at the other end. */
  readonly client?: string
  /** The address of ours that the other end talks to. */
  readonly server?: string
  /** Packets go there: it is not there for the case that a better one is lost. */
  readonly isUsed: boolean
}

export const lengthOf = (prefix: string): number => Number(prefix.slice(prefix.indexOf('/') + 1))

const defaults = { inet: '0.0.0.0/0', inet6: '::/0' } as const

const names = { inet: 'the default route', inet6: 'the default route of IPv6' } as const

const defaultWays = ({ routes }: Scene): readonly Way[] =>
  (['inet', 'inet6'] as const).flatMap((family) =>
    routes
      .filter((route) => route.family === family && route.to === defaults[family])
      .sort((a, b) => a.metric - b.metric)
      .map((route, index) => ({
        what: names[family],
        isRoute: true,
        route,
        isUsed: index === 0,
      })),
  )

/** The route that a packet takes: of those that fit the longest, of these the one of the least metric. */
const routeTowards = ({ routes }: Scene, { client, zone }: SshSession): Route | undefined =>
  routes
    .filter(({ to }) => familyOf(to) === familyOf(client) && contains(to, client))
    .filter((route) => zone === undefined || devicesOf(route).includes(zone))
    .sort((a, b) => lengthOf(b.to) - lengthOf(a.to) || a.metric - b.metric)[0]

/** The way of a session that ends at an address of this node, and does not begin at one. */
const sshWays = (scene: Scene, session: SshSession): readonly Way[] => {
  const { client, server } = session
  const own = addressesIn(scene, '').map(hostOf)
  if (!own.includes(server) || own.includes(client)) return []
  const route = routeTowards(scene, session)
  if (!route) return []
  const what = `the SSH session from ${client}`
  return [{ what, isRoute: false, route, client, server, isUsed: true }]
}

/** All ways to the node that a plan should not take away by the by. */
export const findWays = (scene: Scene, session: SshSession | undefined): readonly Way[] => [
  ...defaultWays(scene),
  ...(session ? sshWays(scene, session) : []),
]
