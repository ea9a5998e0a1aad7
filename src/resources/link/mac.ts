import type { Aftermath, NamespaceName, World } from '../kind.ts'
import { linkIdentity } from './link.ts'
import type { Link } from './link.ts'

/** The ports of a bridge. */
export const portsOf = (namespace: NamespaceName, bridge: string, world: World): readonly Link[] =>
  (world.of('link', namespace) as readonly Link[]).filter(
    ({ attributes }) => attributes['bridge'] === bridge,
  )

const macOf = ({ attributes }: Link): string | undefined =>
  typeof attributes['mac'] === 'string' ? attributes['mac'] : undefined

/** The MAC that ports are given by what happens to them, where it can be told. */
const newcomers = (
  namespace: NamespaceName,
  bridge: string,
  { fate, changed, desired, observed }: Aftermath,
): readonly (string | undefined)[] =>
  portsOf(namespace, bridge, desired).flatMap((port) => {
    const identity = linkIdentity(namespace, port.name)
    const made = fate(identity)
    const joins = changed(identity, 'bridge')
    if (made === undefined && !joins && !changed(identity, 'mac')) return []
    const before = observed.find(identity) as Link | undefined
    return [macOf(port) ?? (made === undefined && before ? macOf(before) : undefined)]
  })

/**
 * Whether a link gets another MAC. A bridge that was given none takes the lowest of its ports'
 * (N-32): not so if that port stays, and those that come have higher ones.
 */
export const changesMac = (
  namespace: NamespaceName,
  name: string,
  aftermath: Aftermath,
): boolean => {
  const identity = linkIdentity(namespace, name)
  const { changed, gone, desired, observed } = aftermath
  if (changed(identity, 'mac')) return true
  if (observed.find(identity)?.attributes['type'] !== 'bridge') return false
  if (typeof desired.find(identity)?.attributes['mac'] === 'string') return false
  const ports = portsOf(namespace, name, observed)
  const [lowest] = ports.flatMap((port) => macOf(port) ?? []).sort()
  const lost = ports.filter((port) => {
    const key = linkIdentity(namespace, port.name)
    return [gone(key), changed(key, 'bridge'), changed(key, 'mac')].some(Boolean)
  })
  const coming = newcomers(namespace, name, aftermath)
  return (
    lost.some((port) => macOf(port) === lowest) ||
    coming.some((mac) => mac === undefined || lowest === undefined || mac < lowest)
  )
}
