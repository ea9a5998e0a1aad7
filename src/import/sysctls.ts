import type { Sysctls } from '../config/config.ts'
import type { NamespaceName } from '../resources/kind.ts'
import { linkIdentity } from '../resources/link/link.ts'
import { sysctlKey } from '../resources/sysctl.ts'
import type { Sysctl } from '../resources/sysctl.ts'
import { compareNames } from '../net/order.ts'
import { entry, gather, omit } from './draft.ts'
import type { Omission } from './draft.ts'
import { allIn, judge, ownershipOf, titleOf } from './scene.ts'
import type { Scene } from './scene.ts'

// What the kernel begins with where it is not 0 (ip-sysctl.rst, br_netfilter).
const usual: Readonly<Record<string, string>> = {
  accept_ra: '1',
  'bridge-nf-call-iptables': '1',
  'bridge-nf-call-ip6tables': '1',
}

const pattern = /^net\/(ipv[46])\/conf\/([^/]+)\/(.+)$/

type Values = ReadonlyMap<string, string>

const valuesIn = (namespace: NamespaceName, scene: Scene): Values =>
  new Map(
    allIn<Sysctl>(scene, 'sysctl', namespace).map(({ path, attributes: { value } }) => [
      path,
      typeof value === 'string' ? value : '',
    ]),
  )

const kernelValue = (path: string): string => usual[path.slice(path.lastIndexOf('/') + 1)] ?? '0'

/** Where the kernel takes the value of a parameter from that nobody set. */
const originOf = (path: string): string | undefined => {
  const [, family = '', device, name = ''] = pattern.exec(path) ?? []
  const of = (other: string): string => `net/${family}/conf/${other}/${name}`
  const isForwarding = family === 'ipv4' && name === 'forwarding'
  if (device === undefined) return undefined
  if (device === 'all') return isForwarding ? 'net/ipv4/ip_forward' : undefined
  if (device !== 'default') return of('default')
  // Written for all, these are for new devices too (N-71).
  if (isForwarding) return 'net/ipv4/ip_forward'
  return name === 'forwarding' || name === 'disable_ipv6' ? of('all') : undefined
}

/**
 * Whether a parameter has what it has where nobody set it. Those of IPv4 a new namespace has from the machine, or
 * from the kernel (devinet_init_net, net/ipv4/devinet.c).
 */
const isUsual = (path: string, here: Values, node: Values): boolean => {
  const origin = originOf(path)
  const value = here.get(path)
  if (origin !== undefined && here.has(origin)) return value === here.get(origin)
  const isInherited = path.startsWith('net/ipv4/') && value === node.get(path)
  return value === kernelValue(path) || isInherited
}

const valueOf = (value: string): string | number =>
  /^\d{1,9}$/.test(value) ? Number(value) : value

/** Of a device only where the file has it. */
const isOfFile = ({ path, namespace }: Sysctl, devices: ReadonlySet<string>): boolean => {
  const device = pattern.exec(path)?.[2]
  if (device === undefined || device === 'all' || device === 'default') return true
  return devices.has(linkIdentity(namespace, device))
}

const none: Values = new Map()

/** The kernel parameters of a namespace that differ from what it would have by itself. */
export const sysctlsIn = (
  namespace: NamespaceName,
  scene: Scene,
  devices: ReadonlySet<string>,
): { readonly sysctls: Sysctls; readonly omissions: readonly Omission[] } => {
  const here = valuesIn(namespace, scene)
  const node = namespace === '' ? none : valuesIn('', scene)
  const wanted = allIn<Sysctl>(scene, 'sysctl', namespace)
    .filter((one) => {
      if (ownershipOf(one, scene) === 'ours') return true
      return isOfFile(one, devices) && !isUsual(one.path, here, node)
    })
    .toSorted((a, b) => compareNames(a.path, b.path))
  const read = gather(
    wanted.map((one) => {
      const verdict = judge(one, scene)
      return verdict.taken ? entry(one) : omit<Sysctl>(titleOf(one), verdict.why)
    }),
  )
  const values = read.entries.map(
    ({ path }) => [sysctlKey(path), valueOf(here.get(path) ?? '')] as const,
  )
  return { sysctls: Object.fromEntries(values), omissions: read.omissions }
}
