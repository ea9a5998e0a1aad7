import type { Path } from '../located.ts'
import type { Check, Problem } from './topology.ts'

/** MAC addresses of links and neighbours are one device's: not of a group, and not all zero. */
export const checkLinkMacs: Check = ({ links }) =>
  links.flatMap(({ path, data }) => [
    ...checkMac(data.mac, [...path, 'mac']),
    ...(data.neighbors ?? []).flatMap(({ mac }, index) =>
      checkMac(mac, [...path, 'neighbors', index, 'mac']),
    ),
  ])

/** What is wrong with a MAC address that is to be a single device's. */
export const checkMac = (mac: string | undefined, path: Path): readonly Problem[] => {
  if (mac === undefined) return []
  if (isZeroMac(mac)) {
    const hint = 'all zero means the flood list, in the fdb of a vxlan only'
    return [{ code: 'value', message: `${mac} is no device's MAC address`, path, hint }]
  }
  if (!isGroupMac(mac)) return []
  const hint = 'the second digit of a unicast address is even'
  return [{ code: 'value', message: `${mac} is a multicast MAC address`, path, hint }]
}

/** Whether the MAC address is that of a flood list. */
export const isZeroMac = (mac: string): boolean => /^[0:]+$/.test(mac)

/** Whether the MAC address is multicast or broadcast. */
export const isGroupMac = (mac: string): boolean => (parseInt(mac.slice(0, 2), 16) & 1) === 1
