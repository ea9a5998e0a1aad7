import { quote } from './words.ts'

/** ll_idx_a2n, lib/ll_map.c: a command about one that is gone meanwhile would be about another device. */
const indexName = /^if[-+]?[0-9]/

/** What is wrong with a device name, or undefined: dev_valid_name of net/core/dev.c, and `ip`'s own reading. */
export const explainDeviceName = (name: string): string | undefined => {
  const bytes = Buffer.from(name)
  if (name === '') return 'the name is empty'
  if (/^(all|default)$/.test(name)) return `${quote(name)} stands for all devices in sysctls`
  if (/^\.{1,2}$/.test(name)) return `${quote(name)} cannot be a file name in /sys/class/net`
  // The kernel's isspace looks at single bytes, and takes 0xA0, as in "à", for a space.
  if (/\s/.test(name) || bytes.includes(0xa0))
    return 'the kernel takes no white space in a device name'
  if (/[/:]/.test(name)) return 'the kernel takes no "/" and no ":" in a device name'
  if (name.includes('%')) return 'the kernel would put a number for "%d" in a device name'
  if (indexName.test(name))
    return 'where there is none of this name, ip takes it for the device with that index'
  if (bytes.length <= 15) return undefined
  const letters = bytes.length === name.length ? '' : ` in UTF-8`
  return `a device name has at most 15 bytes, and this has ${bytes.length}${letters}`
}

/** What is wrong with a namespace's name, which becomes a file below /run/netns. */
export const explainNamespaceName = (name: string): string | undefined => {
  if (name === '') return 'the name is empty'
  if (name === '.' || name === '..') return `${quote(name)} cannot be a file name in /run/netns`
  if (/\s/.test(name)) return 'a name of a namespace has no white space'
  if (name.includes('/')) return 'a name of a namespace has no "/"; a path goes to its "path" key'
  return Buffer.byteLength(name) > 255 ? 'a file name has at most 255 bytes' : undefined
}
