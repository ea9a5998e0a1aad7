import { canonicalAddress } from '../../net/addresses.ts'
import type { FdbEntry } from '../config.ts'
import type { Path } from '../located.ts'
import { checkMac, isGroupMac, isZeroMac } from './macs.ts'
import { findTwins, type Check, type Link, type Problem } from './topology.ts'

/** Forwarding entries that their link cannot have. */
export const checkFdbEntries: Check = ({ links }) =>
  links.flatMap((link) => {
    if (link.data.fdb && link.kind !== 'vxlan' && link.data.bridge === undefined)
      return [refuseFdb(link)]
    const checkEntry = link.kind === 'vxlan' ? checkVxlanEntry : checkPortEntry
    return (link.data.fdb ?? []).flatMap((entry, index) =>
      checkEntry(entry, [...link.path, 'fdb', index]),
    )
  })

/** The same forwarding entry twice on a link. */
export const checkFdbTwins: Check = ({ links }) =>
  links.flatMap((link) => {
    const entries = (link.data.fdb ?? []).map((entry, index) => ({ ...entry, index }))
    return findTwins(entries, identifyEntry).map(([entry, first]) => ({
      code: 'duplicate',
      message: `${link.title} has two fdb entries for ${entry.mac.toLowerCase()}`,
      path: [...link.path, 'fdb', entry.index, 'mac'],
      related: [...link.path, 'fdb', first.index, 'mac'],
      hint: 'one device is behind one endpoint',
    }))
  })

/** `remotes` are the flood list too: 00:00:00:00:00:00 to the same endpoint is the same entry. */
export const checkFloodTwins: Check = ({ links }) =>
  links.flatMap((link) => {
    const remotes = (link.data.remotes ?? []).map(canonicalAddress)
    return (link.data.fdb ?? []).flatMap((entry, index): readonly Problem[] => {
      const at = isZeroMac(entry.mac) && !isElsewhere(entry) ? remotes.indexOf(remoteOf(entry)) : -1
      if (at < 0) return []
      const message = `${link.title} floods to ${remotes[at]} by "remotes" already`
      const related = [...link.path, 'remotes', at]
      return [{ code: 'duplicate', message, path: [...link.path, 'fdb', index], related }]
    })
  })

const refuseFdb = (link: Link): Problem => ({
  code: 'value',
  message: `${link.title} can have no fdb entries: it is no vxlan and no port of a bridge`,
  path: [...link.path, 'fdb'],
  hint:
    link.kind === 'bridge'
      ? 'write the entry at the port that the MAC address is behind'
      : 'say which bridge with "bridge"',
})

const checkVxlanEntry = ({ mac, remote }: FdbEntry, path: Path): readonly Problem[] => {
  if (remote !== undefined) return []
  const message = `the fdb entry for ${mac} needs "remote"`
  return [
    {
      code: 'value',
      message,
      path,
      hint: 'the address of the endpoint that the MAC address is behind',
    },
  ]
}

const checkPortEntry = (entry: FdbEntry, path: Path): readonly Problem[] => {
  const foreign = (['remote', 'port', 'vni'] as const).filter((key) => entry[key] !== undefined)
  return [
    ...checkMac(entry.mac, [...path, 'mac']),
    ...foreign.map((key) => ({
      code: 'value' as const,
      message: `"${key}" belongs to fdb entries of vxlans only`,
      path: [...path, key],
      part: 'key' as const,
    })),
  ]
}

/** The kernel keeps several endpoints for the flood list and for groups, but one for a device. */
const identifyEntry = (entry: FdbEntry): string => {
  const mac = entry.mac.toLowerCase()
  if (!isZeroMac(mac) && !isGroupMac(mac)) return mac
  return JSON.stringify([mac, remoteOf(entry), entry.port, entry.vni])
}

const remoteOf = ({ remote }: FdbEntry): string =>
  remote === undefined ? '' : canonicalAddress(remote)

const isElsewhere = ({ port, vni }: FdbEntry): boolean => port !== undefined || vni !== undefined
