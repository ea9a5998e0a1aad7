import { hash } from 'node:crypto'
import { OTHER_TARGETS, TARGETS } from './targets/index.ts'

/** Bytes; XT_EXTENSION_MAXNAMELEN is 29 with its end. */
const LONGEST_CHAIN_NAME = 28

// iptables takes more, but prints names without quotes and looks them up in a path.
const CHAIN_NAME = /^[A-Za-z0-9_.:][A-Za-z0-9_.:+@-]*$/

const RESERVED: ReadonlySet<string> = new Set([
  ...TARGETS.map((target) => target.name),
  ...OTHER_TARGETS,
  'PREROUTING',
  'INPUT',
  'FORWARD',
  'OUTPUT',
  'POSTROUTING',
])

/** Whether a rule that leads there leads to no chain of somebody's. */
export const isTarget = (name: string): boolean => RESERVED.has(name)

/** Why this cannot be the name of a chain of our own; undefined: it can. */
export const chainNameProblem = (name: string): string | undefined => {
  if (name.length > LONGEST_CHAIN_NAME)
    return `a chain's name has at most ${LONGEST_CHAIN_NAME} characters, and this one ${name.length}`
  if (!CHAIN_NAME.test(name))
    return "a chain's name is made of letters, digits and _ . : + @ - and begins with none of + @ -"
  if (RESERVED.has(name)) return `${name} is a target or a built-in chain of iptables`
  return undefined
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Five bytes are eight digits. */
const digits = (bytes: Buffer, at: number): string => {
  let number = bytes.readUIntBE(at, 5)
  let text = ''
  for (let digit = 0; digit < 8; digit += 1) {
    text = (BASE32[number % 32] ?? '') + text
    number = Math.floor(number / 32)
  }
  return text
}

/**
 * The first sixteen digits of the sha256 of the parts, in base32: 80 bits, as kube-proxy has them. Parts are
 * joined so that no other parts give the same text.
 */
export const hashOf = (...parts: readonly string[]): string => {
  const text = parts.map((part) => `${part.length}:${part}`).join(',')
  const digest = hash('sha256', text, 'buffer')
  return digits(digest, 0) + digits(digest, 5)
}

/** A chain's name that ends in a hash. */
export const nameWith = (prefix: string, hashed: string): string => {
  const name = prefix + hashed
  if (name.length > LONGEST_CHAIN_NAME)
    throw new RangeError(`bug: the prefix ${prefix} is too long`)
  return name
}

/**
 * A chain's name for what has a longer one: the prefix and a hash of the parts, the same on every node
 * and in every version.
 */
export const hashedName = (prefix: string, ...parts: readonly string[]): string =>
  nameWith(prefix, hashOf(...parts))
