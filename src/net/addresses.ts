/** `inet` is IPv4, `inet6` is IPv6, as `ip -j` and nftables call them. */
export type Family = 'inet' | 'inet6'

/** An address, or the network it is in, as numbers. */
interface Block {
  readonly bytes: readonly number[]
  readonly length: number
}

/** Whether the text is one IPv4 or IPv6 address as inet_pton takes it: no zone, no prefix length. */
export const isAddress = (text: string): boolean => parseBytes(text) !== undefined

/** Whether the text is an address with its prefix length, as in `10.0.1.1/16`. */
export const isInterfaceAddress = (text: string): boolean => {
  const [address = '', length = ''] = splitOnce(text)
  const longest = address.includes(':') ? 128 : 32
  return isAddress(address) && /^(0|[1-9]\d{0,2})$/.test(length) && Number(length) <= longest
}

/** Whether the text is a prefix, a single address or `default`. Host bits are not looked at. */
export const isPrefix = (text: string): boolean =>
  text === 'default' || isInterfaceAddress(text) || isAddress(text)

/** The family of an address or prefix; `default` alone is IPv4's. */
export const familyOf = (text: string): Family => (text.includes(':') ? 'inet6' : 'inet')

/** An address as the kernel prints it: '2001:DB8::0:1' -> '2001:db8::1'. */
export const canonicalAddress = (text: string): string => {
  // Of IPv4 no other spelling is taken, as 010.0.0.1.
  if (numberIPv4(text) >= 0) return text
  const { bytes } = parseBlock(text)
  return bytes.length === 4 ? text : formatBytes(bytes)
}

/** The address of a prefix, or of an address with its length: '10.0.0.1/24' -> '10.0.0.1'. */
export const withoutLength = (text: string): string => splitOnce(text)[0] ?? ''

/** An address with its prefix length as the kernel prints it: '2001:DB8::0:1/64' -> '2001:db8::1/64'. */
export const canonicalInterfaceAddress = (text: string): string => {
  const [address = '', length] = splitOnce(text)
  return `${canonicalAddress(address)}/${length ?? (familyOf(address) === 'inet' ? '32' : '128')}`
}

/** A prefix with its length spelled out: 'default' -> '0.0.0.0/0' ('::/0' for inet6), '10.0.0.1' -> '10.0.0.1/32'. */
export const canonicalPrefix = (text: string, family: Family = 'inet'): string => {
  if (text === 'default') return family === 'inet' ? '0.0.0.0/0' : '::/0'
  const slash = text.indexOf('/')
  if (slash >= 0 && numberIPv4(text, slash) >= 0) return text
  return canonicalInterfaceAddress(text)
}

/** The network that an address with prefix length is in: '10.0.0.5/24' -> '10.0.0.0/24'. */
export const networkOf = (text: string): string => {
  const { bytes, length } = parsePrefix(text)
  const network = bytes.map((byte, index) => byte & maskAt(index, length))
  return `${formatBytes(network)}/${length}`
}

/** Whether a prefix has bits set behind its length, as 10.0.0.5/24 has. */
export const hasHostBits = (prefix: string): boolean => {
  const slash = prefix.indexOf('/')
  const number = numberIPv4(prefix, slash < 0 ? prefix.length : slash)
  if (number >= 0) {
    return slash >= 0 && number % 2 ** (32 - Number(prefix.slice(slash + 1))) !== 0
  }
  const { bytes, length } = parsePrefix(prefix)
  return bytes.some((byte, index) => (byte & ~maskAt(index, length)) !== 0)
}

/** Tells of addresses (a prefix length, if they have one, is not looked at) whether they are in the prefix. */
export const within = (prefix: string): ((address: string) => boolean) => {
  const { bytes: network, length } = parsePrefix(prefix)
  const [a = 0, b = 0, c = 0, d = 0] = network
  const size = 2 ** (32 - length)
  const first = network.length === 4 ? Math.floor(packed(a, b, c, d) / size) : -1
  return (address) => {
    const number = numberIPv4(address)
    if (number >= 0) return Math.floor(number / size) === first
    const { bytes } = parseBlock(address)
    if (bytes.length !== network.length) return false
    return bytes.every(
      (byte, index) => ((byte ^ (network[index] ?? 0)) & maskAt(index, length)) === 0,
    )
  }
}

/** Whether the address is in the prefix; of one prefix and many addresses, see `within`. */
export const contains = (prefix: string, address: string): boolean => within(prefix)(address)

/** An address as hexadecimal digits: 8, or 32 of IPv6. */
export const addressDigits = (address: string): string =>
  parseBlock(address)
    .bytes.map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')

/** The address that begins with these digits, the others being 0. */
export const addressOfDigits = (digits: string, family: Family): string => {
  const all = digits.padEnd(family === 'inet' ? 8 : 32, '0')
  return formatBytes((all.match(/../g) ?? []).map((byte) => parseInt(byte, 16)))
}

/** Whether the address is of 224.0.0.0/4 or ff00::/8. */
export const isMulticast = (address: string): boolean =>
  contains(familyOf(address) === 'inet' ? '224.0.0.0/4' : 'ff00::/8', address)

/** Whether the address is 0.0.0.0 or ::. */
export const isUnspecified = (address: string): boolean =>
  parseBlock(address).bytes.every((byte) => byte === 0)

/** Whether the address is of 169.254.0.0/16 or fe80::/10. */
export const isLinkLocal = (address: string): boolean =>
  contains(familyOf(address) === 'inet' ? '169.254.0.0/16' : 'fe80::/10', address)

const splitOnce = (text: string): readonly string[] => {
  const slash = text.indexOf('/')
  return slash < 0 ? [text] : [text.slice(0, slash), text.slice(slash + 1)]
}

const WORD = /^[0-9a-f]{1,4}$/i

const ZERO = 48
const DOT = 46

const packed = (a: number, b: number, c: number, d: number): number =>
  ((a * 256 + b) * 256 + c) * 256 + d

/**
 * An IPv4 address, as the text has it up to there, as a number; -1: it is none. By character, and making nothing: files
 * may have tens of thousands of them.
 */
const numberIPv4 = (text: string, end = text.length): number => {
  let number = 0
  let octet = -1
  let count = 0
  for (let at = 0; at <= end; at += 1) {
    const code = at < end ? text.charCodeAt(at) : DOT
    if (code === DOT) {
      if (octet < 0) return -1
      number = number * 256 + octet
      count += 1
      octet = -1
    } else {
      // No leading zero: to some programs it is octal.
      if (code < ZERO || code > ZERO + 9 || octet === 0) return -1
      octet = Math.max(octet, 0) * 10 + code - ZERO
      if (octet > 255) return -1
    }
  }
  return count === 4 ? number : -1
}

const parseIPv4 = (text: string): readonly number[] | undefined => {
  const number = numberIPv4(text)
  return number < 0
    ? undefined
    : [number >>> 24, (number >>> 16) & 0xff, (number >>> 8) & 0xff, number & 0xff]
}

/** The bytes of one side of `::`; the last word may be a dotted quad. */
const parseWords = (text: string): readonly number[] | undefined => {
  if (text === '') return []
  const bytes: number[] = []
  const words = text.split(':')
  for (const [index, word] of words.entries()) {
    const quad = index === words.length - 1 ? parseIPv4(word) : undefined
    if (quad) bytes.push(...quad)
    else if (WORD.test(word)) bytes.push(parseInt(word, 16) >> 8, parseInt(word, 16) & 0xff)
    else return undefined
  }
  return bytes
}

// ipaddr.js is not used: it takes 010.0.0.1, 10.1 and ::00001, and reads ::1.2.3.4 as ::ffff:1.2.3.4.
const parseIPv6 = (text: string): readonly number[] | undefined => {
  const [left = '', right, ...more] = text.split('::')
  const head = parseWords(left)
  const tail = parseWords(right ?? '')
  // A dotted quad ends an address, so it cannot stand before the `::`.
  if (!head || !tail || more.length > 0 || (right !== undefined && left.includes('.')))
    return undefined
  const missing = 16 - head.length - tail.length
  if (right === undefined ? missing !== 0 : missing < 2) return undefined
  return [...head, ...new Array<number>(missing).fill(0), ...tail]
}

const parseBytes = (text: string): readonly number[] | undefined =>
  text.length > 45 ? undefined : text.includes(':') ? parseIPv6(text) : parseIPv4(text)

const parseBlock = (text: string): Block => {
  const [address = '', length] = splitOnce(text)
  const bytes = parseBytes(address)
  if (!bytes) throw new RangeError(`bug: ${JSON.stringify(text)} is not an IP address`)
  return { bytes, length: length === undefined ? bytes.length * 8 : Number(length) }
}

const parsePrefix = (text: string): Block => parseBlock(text === 'default' ? '0.0.0.0/0' : text)

/** What a prefix length keeps of one byte. */
const maskAt = (index: number, length: number): number =>
  (0xff << (8 - Math.min(8, Math.max(0, length - index * 8)))) & 0xff

const formatBytes = (bytes: readonly number[]): string =>
  bytes.length === 4 ? bytes.join('.') : formatIPv6(bytes)

/** glibc's inet_ntop, and so `ip`: like RFC 5952, but ::ffff:0:0/96 and ::/96 end in a dotted quad. */
const formatIPv6 = (bytes: readonly number[]): string => {
  const words = Array.from(
    { length: 8 },
    (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0),
  )
  const run = longestZeroRun(words)
  const tail = bytes.slice(12).join('.')
  if (run.start === 0 && run.length === 6) return `::${tail}`
  if (run.start === 0 && run.length === 5 && words[5] === 0xffff) return `::ffff:${tail}`
  const text = (part: readonly number[]): string => part.map((word) => word.toString(16)).join(':')
  if (run.length < 2) return text(words)
  return `${text(words.slice(0, run.start))}::${text(words.slice(run.start + run.length))}`
}

/** The first of the longest runs, as RFC 5952 has it. */
const longestZeroRun = (
  words: readonly number[],
): { readonly start: number; readonly length: number } => {
  let best = { start: -1, length: 0 }
  let start = 0
  words.forEach((word, index) => {
    if (word !== 0) start = index + 1
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start }
  })
  return best
}
