import { NO_CONTEXT } from '../iptables/extension.ts'
import { device as deviceWord } from '../iptables/values/words.ts'
import type { Family } from '../net/addresses.ts'
import { contains } from '../net/addresses.ts'
import type { Address } from './address.ts'
import type { Worlds } from './kind.ts'
import { devicesOf, gatewaysOf, mainTable } from './route/route.ts'
import type { Route } from './route/route.ts'

/** Stands in a rule for the device of the default route, which only the node knows. */
export const uplink = '@uplink'

// In the header of a rule, and not in a comment, where it is a word like any other.
const place = new RegExp(`^((?:(?:! )?-[sd] \\S+ )*-o )${uplink}(?= )`)

const names = (rules: readonly string[]): boolean =>
  rules.some((rule) => rule.includes(uplink) && place.test(rule))

const isDefault = ({ to, table, attributes: { type } }: Route): boolean =>
  (to === '0.0.0.0/0' || to === '::/0') && table === mainTable && (type ?? 'unicast') === 'unicast'

/** Where a gateway's network is, as far as addresses tell. */
const deviceOfGateway = ({ desired, observed }: Worlds, gateway: string): string | undefined =>
  [desired, observed]
    .flatMap((world) => world.of('address', '') as readonly Address[])
    .find(({ address }) => contains(address, gateway))?.link

const deviceOf = (worlds: Worlds, route: Route): string | undefined => {
  const [device] = devicesOf(route)
  if (device !== undefined) return device
  const [gateway] = gatewaysOf(route)
  return gateway === undefined ? undefined : deviceOfGateway(worlds, gateway)
}

/** The device of the best default route: of the file, else of the node. */
const findUplink = (family: Family, worlds: Worlds): string | undefined => {
  for (const world of [worlds.desired, worlds.observed]) {
    const routes = (world.of('route', '') as readonly Route[])
      .filter((route) => route.family === family && isDefault(route))
      .sort((a, b) => a.metric - b.metric)
    for (const route of routes) {
      const device = deviceOf(worlds, route)
      if (device !== undefined) return device
    }
  }
  return undefined
}

/** Rules with the device in its place. */
export const resolveUplink = (
  family: Family,
  rules: readonly string[],
  worlds: Worlds,
): readonly string[] => {
  if (!names(rules)) return rules
  const device = findUplink(family, worlds)
  return device === undefined
    ? rules
    : rules.map((rule) => rule.replace(place, (_, before: string) => before + device))
}

/** Why the device is not known; undefined: it is, or nothing asks for it. */
export const uplinkProblem = (
  family: Family,
  rules: readonly string[],
  worlds: Worlds,
): string | undefined => {
  if (!names(rules)) return undefined
  const found = findUplink(family, worlds)
  if (found !== undefined)
    return deviceWord.read(found, NO_CONTEXT, false) === found
      ? undefined
      : `the device of the default route is called ${JSON.stringify(found)}, which no rule can hold`
  const version = family === 'inet' ? 'IPv4' : 'IPv6'
  return `"outInterface: auto" is the device of the default route, and there is none for ${version}`
}
