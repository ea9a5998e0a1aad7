import type { FdbEntry, Vxlan } from '../config/config.ts'
import { canonicalAddress } from '../net/addresses.ts'
import { floodMac } from '../resources/fdb.ts'
import type { Fdb } from '../resources/fdb.ts'
import type { Attributes } from '../resources/kind.ts'
import type { Context, Path, Place } from './context.ts'

const entryOf = (
  place: Place,
  context: Context,
  path: Path,
): Omit<Fdb, 'mac' | 'remote' | 'attributes'> => ({
  kind: 'fdb',
  namespace: place.namespace,
  link: place.name,
  mark: place.mark,
  source: context.locate([...place.path, ...path]),
})

/** What is the device's own is not shown by the kernel (N-54). */
const unlessDevices = (value: number | undefined, device: unknown): number | null =>
  value === undefined || value === device ? null : value

const attributesOf = ({ remote, port, vni }: FdbEntry, link: Attributes): Attributes =>
  remote === undefined
    ? {}
    : { port: unlessDevices(port, link['port']), vni: unlessDevices(vni, link['id']) }

export const expandFdb = (
  context: Context,
  entries: readonly FdbEntry[],
  place: Place,
  link: Attributes,
): readonly Fdb[] =>
  entries.map((entry, index) => ({
    ...entryOf(place, context, ['fdb', index]),
    mac: entry.mac.toLowerCase(),
    remote: entry.remote === undefined ? undefined : canonicalAddress(entry.remote),
    attributes: attributesOf(entry, link),
  }))

/**
 * The flood list: the endpoints, or the multicast group. The kernel makes the entry of a group with
 * the device, but not again when it was deleted (N-52), so that it is looked after like the others.
 */
export const expandFlood = (
  context: Context,
  { group, remotes, device }: Vxlan,
  place: Place,
): readonly Fdb[] => {
  const targets: readonly (readonly [string, Path])[] =
    group === undefined
      ? (remotes ?? []).map((remote, index) => [remote, ['remotes', index]])
      : [[group, ['group']]]
  return targets.map(([target, path]) => ({
    ...entryOf(place, context, path),
    mac: floodMac,
    remote: canonicalAddress(target),
    via: group === undefined ? undefined : device,
    attributes: { port: null, vni: null },
  }))
}
