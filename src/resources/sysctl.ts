import type { Json, Reader } from '../kernel/reader.ts'
import { sysctlPath } from '../net/sysctls.ts'
import type { Aftermath, Kind, NamespaceName, Resource, World, Worlds } from './kind.ts'
import { inside, step, word } from './kind.ts'
import { linkIdentity } from './link/link.ts'
import { namespaceIdentity } from './namespace.ts'

/** A kernel parameter below /proc/sys/net. */
export interface Sysctl extends Resource {
  readonly kind: 'sysctl'
  /** With slashes, since device names may have dots: net/ipv4/conf/eth0.100/rp_filter. */
  readonly path: string
  /** Observed, of a parameter that sets those of all devices: these, by path. */
  readonly devices?: Readonly<Record<string, string>> | undefined
  /** Observed: the value from before we set it, and those of the devices. */
  readonly previous?: Noted | undefined
  /** Observed: another owner needs it too, and it is not ours to put back. */
  readonly shared?: boolean
}

interface Noted {
  /** Undefined: it came with its namespace or device, so that there was none; or it was so already, and is needed. */
  readonly value?: string
  readonly devices?: Readonly<Record<string, string>>
}

/** As a person writes it: net.ipv4.ip_forward; with slashes where a part of it has a dot. */
export const sysctlKey = (path: string): string =>
  path.includes('.') ? path : path.replaceAll('/', '.')

export const sysctlIdentity = (namespace: NamespaceName, path: string): string =>
  `sysctl ${sysctlKey(path)}${inside(namespace)}`

const identity = ({ namespace, path }: Sysctl): string => sysctlIdentity(namespace, path)

// Writing one of these overwrites the parameter of every device, where the value changes (N-71):
// devinet_sysctl_forward and addrconf_sysctl_forward in net/ipv4/devinet.c, net/ipv6/addrconf.c.
const fanOuts: Readonly<Record<string, { readonly family: string; readonly name: string }>> = {
  'net/ipv4/ip_forward': { family: 'ipv4', name: 'forwarding' },
  'net/ipv4/conf/all/forwarding': { family: 'ipv4', name: 'forwarding' },
  'net/ipv6/conf/all/forwarding': { family: 'ipv6', name: 'forwarding' },
  'net/ipv6/conf/all/disable_ipv6': { family: 'ipv6', name: 'disable_ipv6' },
}

const devicePattern = /^net\/(ipv4|ipv6)\/(?:conf|neigh)\/([^/]+)\/(.+)$/

/** The device of a per-device parameter. */
const deviceOf = (path: string): string | undefined => {
  const device = devicePattern.exec(path)?.[2]
  return device === 'all' || device === 'default' ? undefined : device
}

/** Whether it is of one device: each namespace has these for its own. */
export const isOfDevice = (path: string): boolean => deviceOf(path) !== undefined

/** The parameters that would overwrite this one. */
const overwriters = ({ namespace, path }: Sysctl): readonly string[] => {
  const [, family, device, name] = devicePattern.exec(path) ?? []
  return Object.entries(fanOuts)
    .filter(
      ([from, to]) => from !== path && device !== 'all' && to.family === family && to.name === name,
    )
    .map(([from]) => sysctlIdentity(namespace, from))
}

const fanOutPaths = (path: string, links: readonly string[]): readonly string[] => {
  const to = fanOuts[path]
  return to ? ['default', ...links].map((link) => `net/${to.family}/conf/${link}/${to.name}`) : []
}

const observeNamespace = async (
  reader: Reader,
  namespace: NamespaceName,
  paths: readonly string[],
): Promise<readonly Sysctl[]> => {
  if (paths.length === 0) return []
  const fansOut = paths.some((path) => fanOuts[path])
  const links = fansOut ? (await reader.ip(namespace)).links.map(({ ifname }) => ifname) : []
  const reached = new Map(paths.map((path) => [path, fanOutPaths(path, links)]))
  const wanted = new Set([...paths, ...[...reached.values()].flat()])
  const values = await reader.sysctls(namespace, [...wanted])
  return paths.flatMap((path): readonly Sysctl[] => {
    const value = values.get(path)
    if (value === undefined) return []
    const devices = (reached.get(path) ?? []).flatMap((device) => {
      const found = values.get(device)
      return found === undefined ? [] : [[device, found] as const]
    })
    return [
      {
        kind: 'sysctl',
        namespace,
        path,
        devices: Object.fromEntries(devices),
        previous: reader.records.get(sysctlIdentity(namespace, path)) as Noted | undefined,
        ...(reader.shared.has(sysctlIdentity(namespace, path)) ? { shared: true } : {}),
        attributes: { value },
      },
    ]
  })
}

const recordedPattern = /^sysctl (\S+)(?: in (.+))?$/

/** The parameters of the file, and those that we once set. */
const pathsOf = (
  namespace: NamespaceName,
  desired: readonly Sysctl[],
  records: ReadonlyMap<string, Json>,
): readonly string[] => {
  const paths = new Set(
    desired.filter((one) => one.namespace === namespace).map(({ path }) => path),
  )
  for (const key of records.keys()) {
    const [, name, where = ''] = recordedPattern.exec(key) ?? []
    if (name !== undefined && where === namespace) paths.add(sysctlPath(name))
  }
  return [...paths]
}

const observe = async (reader: Reader, desired: readonly Sysctl[]): Promise<readonly Sysctl[]> => {
  const all = await Promise.all(
    reader.namespaces.map((namespace) =>
      observeNamespace(reader, namespace, pathsOf(namespace, desired, reader.records)),
    ),
  )
  return all.flat()
}

const requires = (sysctl: Sysctl, world: World): readonly string[] => {
  const { namespace, path } = sysctl
  const device = deviceOf(path)
  return [
    ...(namespace === '' ? [] : [namespaceIdentity(namespace)]),
    ...(device === undefined ? [] : [linkIdentity(namespace, device)]),
    ...overwriters(sysctl).filter((key) => world.find(key)),
  ]
}

const survives = (sysctl: Sysctl, { changed, gone, desired }: Aftermath): Sysctl | undefined => {
  const { namespace, path } = sysctl
  const device = deviceOf(path)
  if (namespace !== '' && gone(namespaceIdentity(namespace))) return undefined
  if (device !== undefined && gone(linkIdentity(namespace, device))) return undefined
  const overwriter = overwriters(sysctl).find((key) => changed(key, 'value'))
  if (overwriter === undefined) return sysctl
  // One that left the file puts back what each device had before.
  const value = desired.find(overwriter)?.attributes['value']
  return { ...sysctl, attributes: value === undefined ? {} : { value } }
}

const missing = (
  { namespace, path }: Sysctl,
  { desired, observed }: Worlds,
): string | undefined => {
  const device = deviceOf(path)
  const comes =
    (device !== undefined && desired.find(linkIdentity(namespace, device)) !== undefined) ||
    (namespace !== '' && observed.find(namespaceIdentity(namespace)) === undefined)
  return comes
    ? undefined
    : `this kernel has no parameter ${sysctlKey(path)}; a module may have to be loaded first`
}

/** The assignment, and those of devices that had a value of their own. */
const assignments = ({ path, devices = {}, attributes: { value } }: Sysctl): readonly string[] => [
  `${path}=${word(value)}`,
  ...Object.entries(devices)
    .filter(([, own]) => own !== value)
    .map(([device, own]) => `${device}=${own}`),
]

/** Kernel parameters of the network (sysctl(8), Documentation/networking/ip-sysctl.rst). */
export const sysctlKind: Kind<Sysctl> = {
  name: 'sysctl',
  identity,
  observe,
  owner: ({ previous, shared }) =>
    previous?.value === undefined || shared === true ? 'foreign' : 'ours',
  configures: () => true,
  abandon: (sysctl) => {
    const { previous } = sysctl
    if (previous?.value === undefined) return undefined
    const present = Object.entries(previous.devices ?? {}).filter(
      ([path]) => sysctl.devices?.[path] !== undefined,
    )
    return {
      ...sysctl,
      devices: Object.fromEntries(present),
      attributes: { value: previous.value },
    }
  },
  missing,
  requires,
  survives,
  steps: (edit) => {
    if (edit.action === 'delete') return []
    return [step(edit.after.namespace, ['sysctl', '-qw', ...assignments(edit.after)])]
  },
  record: (after, before) => {
    // Known all the same: of a namespace that goes, what it had is read.
    if (!before) return {}
    if (before.previous) return before.previous as unknown as Json
    const { value } = before.attributes
    if (value === after.attributes['value']) return before.shared === true ? {} : undefined
    return { value: value ?? '', ...(before.devices ? { devices: before.devices } : {}) }
  },
}
