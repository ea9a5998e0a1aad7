import {
  addressDigits,
  addressOfDigits,
  canonicalPrefix,
  familyOf,
  withoutLength,
} from './addresses.ts'
import type { Family } from './addresses.ts'

/** Bits of an address. */
const widthOf = (family: Family): number => (family === 'inet' ? 32 : 128)

/** The length of a prefix; of a single address that of all its bits. */
export const lengthOf = (prefix: string): number =>
  Number(canonicalPrefix(prefix, familyOf(prefix)).split('/')[1])

const firstOf = (prefix: string): string => withoutLength(canonicalPrefix(prefix, familyOf(prefix)))

/** The bits of an address as a number. */
export const numberOf = (address: string): bigint => BigInt(`0x${addressDigits(address)}`)

export const addressOfNumber = (number: bigint, family: Family): string =>
  addressOfDigits(number.toString(16).padStart(widthOf(family) / 4, '0'), family)

/** How many addresses there are in a prefix. */
export const sizeOf = (prefix: string): bigint =>
  1n << BigInt(widthOf(familyOf(prefix)) - lengthOf(prefix))

/** The address at a place in the prefix, from 0; -1 is the last one. */
export const addressAt = (prefix: string, place: bigint): string =>
  addressOfNumber(
    numberOf(firstOf(prefix)) + (place < 0n ? sizeOf(prefix) + place : place),
    familyOf(prefix),
  )

/** How far into the prefix an address is. */
export const placeIn = (prefix: string, address: string): bigint =>
  numberOf(address) - numberOf(firstOf(prefix))

/** How many prefixes of that length there are in one. */
export const countSubnets = (prefix: string, length: number): bigint =>
  length < lengthOf(prefix) ? 0n : 1n << BigInt(length - lengthOf(prefix))

/** The prefix of that length at a place in another one, from 0: the third /24 of 10.0.0.0/16 is 10.0.2.0/24. */
export const subnetAt = (prefix: string, length: number, place: bigint): string => {
  const family = familyOf(prefix)
  const step = 1n << BigInt(widthOf(family) - length)
  return `${addressOfNumber(numberOf(firstOf(prefix)) + place * step, family)}/${String(length)}`
}
