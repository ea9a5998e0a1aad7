import { createHash, randomBytes } from 'node:crypto'

/** What containers and networks may be called (CNI specification, sections 1 and 2): it may be a file's name, too. */
export const isName = (text: string): boolean => /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(text)

/** The end of an attachment's pair that is in the node: the same each time that it is asked for. */
export const hostDevice = (network: string, containerId: string, ifname: string): string => {
  const hash = createHash('sha256').update(JSON.stringify([network, containerId, ifname]))
  return `veth${hash.digest('hex').slice(0, 8)}`
}

const formatMac = (bytes: Buffer): string => {
  const [first = 0, ...rest] = bytes
  // One device's, and nobody's by number (IEEE 802, the two lowest bits).
  const own = (first & 0xfc) | 0x02
  return [own, ...rest].map((byte) => byte.toString(16).padStart(2, '0')).join(':')
}

const macs = new Map<string, string>()

/** The MAC address of a bridge that is made now: one for as long as this program runs. */
export const bridgeMac = (bridge: string): string => {
  const known = macs.get(bridge) ?? formatMac(randomBytes(6))
  macs.set(bridge, known)
  return known
}
