import { createHash } from 'node:crypto'
import { addressDigits, familyOf } from '../../net/addresses.ts'

const hash = (text: string): string => createHash('sha256').update(text).digest('hex')

/**
 * The MAC address that goes with an address: two nodes that have different ones have different MAC addresses,
 * as kubenet has it. Of IPv6, by a hash.
 */
export const macOf = (address: string): string => {
  const digits = familyOf(address) === 'inet' ? addressDigits(address) : hash(address).slice(0, 8)
  return ['0a', '58', ...(digits.match(/../g) ?? [])].join(':')
}

/** Bytes that are left of a device's name behind `veth-`. */
const longestTail = 10

const isHash = (text: string): boolean => new RegExp(`^[0-9a-f]{${longestTail}}$`).test(text)

/**
 * What the node's end of a pod's pair is called: by the pod's name, or a hash of it where that is too long
 * or might be such a hash itself.
 */
export const vethOf = (pod: string): string => {
  const fits = pod.length <= longestTail && !isHash(pod)
  return `veth-${fits ? pod : hash(pod).slice(0, longestTail)}`
}
