/**
 * The path below /proc/sys of a sysctl key, in either of sysctl(8)'s spellings: the separator that
 * comes first is the separator, the other one stands for itself or, in the dotted form, for a dot.
 * 'net.ipv4.conf.eth0/100.rp_filter' and 'net/ipv4/conf/eth0.100/rp_filter' are the same.
 */
export const sysctlPath = (key: string): string => {
  const separator = /[./]/.exec(key)?.[0]
  if (separator !== '.') return key
  return key.replace(/[./]/g, (character) => (character === '.' ? '/' : '.'))
}

/**
 * Whether the key stays below /proc/sys/net: no empty part, no `.` and no `..`. Nor an `=`, for sysctl(8)
 * would take what stands before it for the key.
 */
export const isSysctlKey = (key: string): boolean => {
  if (key.includes('=')) return false
  const [first, ...rest] = sysctlPath(key).split('/')
  return first === 'net' && rest.length > 0 && rest.every((part) => !['', '.', '..'].includes(part))
}

/** The value as the kernel takes it, white space folded: true is 1, false is 0. */
export const sysctlValue = (value: string | number | boolean): string =>
  typeof value === 'boolean' ? String(Number(value)) : String(value).trim().replaceAll(/\s+/g, ' ')
