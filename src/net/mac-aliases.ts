type Random = (below: number) => number

const hex = (number: number): string => number.toString(16).padStart(2, '0')

export const macOf = (digits: string): string => (digits.match(/../g) ?? []).join(':')

/** Another address of the same sort: one for many stays one for many, one that was made up stays so. */
const aliasMac = (mac: string, random: Random): string => {
  const first = parseInt(mac.slice(0, 2), 16)
  const others = Array.from({ length: 5 }, () => hex(random(256)))
  return [hex((random(64) << 2) | (first & 3)), ...others].join(':')
}

/** Groups, broadcast and none say nothing of anybody. */
export const isAnybodys = (mac: string): boolean =>
  /^(?:01:00:5e|33:33|ff:ff|00:00:00:00)/.test(mac)

/** The end of an address that was made of a MAC address (RFC 4291, appendix A), and back. */
const interfaceId = (mac: string): string => {
  const digits = mac.replaceAll(':', '')
  const first = hex(parseInt(digits.slice(0, 2), 16) ^ 2)
  return `${first}${digits.slice(2, 6)}fffe${digits.slice(6)}`
}

export const canonicalMac = (text: string): string =>
  text
    .split(':')
    .map((part) => part.padStart(2, '0'))
    .join(':')
    .toLowerCase()

export const bareMac = (mac: string): string =>
  mac
    .split(':')
    .map((part) => parseInt(part, 16).toString(16))
    .join(':')

/** The MAC address that an IPv6 address was made of. */
export const macIn = (digits: string): string | undefined => {
  const id = digits.slice(16)
  if (id.slice(6, 10) !== 'fffe') return undefined
  const first = hex(parseInt(id.slice(0, 2), 16) ^ 2)
  return macOf(`${first}${id.slice(2, 6)}${id.slice(10)}`)
}

/** MAC addresses, and what addresses hold of them, by what stands for them. */
export const aliasMacs = (
  macs: ReadonlySet<string>,
  random: Random,
): { readonly whole: ReadonlyMap<string, string>; readonly parts: ReadonlyMap<string, string> } => {
  const whole = new Map([...macs].map((mac) => [mac, aliasMac(mac, random)]))
  const parts = new Map<string, string>()
  for (const [mac, alias] of whole) {
    parts.set(interfaceId(mac), interfaceId(alias))
    // The group by which neighbours ask for an address (RFC 4291, 2.7.1), and its MAC address.
    parts.set(`ff${mac.slice(9).replaceAll(':', '')}`, `ff${alias.slice(9).replaceAll(':', '')}`)
  }
  return { whole, parts }
}

export type MacAliases = ReturnType<typeof aliasMacs>

export const hideMac = ({ whole, parts }: MacAliases, text: string): string => {
  const mac = text.toLowerCase()
  const group = /^33:33:(ff:..:..:..)$/.exec(mac)?.[1]?.replaceAll(':', '')
  const part = group === undefined ? undefined : parts.get(group)
  return part === undefined ? (whole.get(mac) ?? text) : `33:33:${macOf(part)}`
}
