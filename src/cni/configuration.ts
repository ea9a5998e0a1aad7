import { checked, decode, flag, invalidConfig, number, part, parts, text, texts } from './decode.ts'
import type { Part } from './decode.ts'
import { codes, CniError } from './errors.ts'
import { isName } from './names.ts'
import { readRanges } from './ipam/ranges.ts'
import type { RangeSet } from './ipam/ranges.ts'
import { readPortMaps } from './port-maps.ts'
import type { PortMap } from './port-maps.ts'
import { readDns, readResult, readRoute } from './result.ts'
import type { Dns, Result, Route } from './result.ts'
import { isVersion, versions } from './versions.ts'
import type { Version } from './versions.ts'
import { isInterfaceAddress, isAddress, isPrefix } from '../net/addresses.ts'

/** Where addresses come from. */
type Ipam =
  | { readonly by: 'nobody' }
  /** Another plugin, by the specification's protocol. */
  | { readonly by: 'plugin'; readonly type: string }
  | {
      readonly by: 'ranges'
      readonly ranges: readonly RangeSet[]
      readonly routes: readonly Route[]
      /** Addresses and prefixes that are given to nobody. */
      readonly reserved: readonly string[]
      readonly dataDir: string
      readonly dns: Dns
    }

/** A network, as a runtime describes it on standard input. */
export interface Configuration {
  readonly cniVersion: Version
  readonly name: string
  readonly bridge: string
  /** Bytes; undefined: the kernel's. */
  readonly mtu: number | undefined
  readonly isGateway: boolean
  readonly isDefaultGateway: boolean
  readonly ipMasq: boolean
  readonly hairpinMode: boolean
  readonly promiscMode: boolean
  readonly portIsolation: boolean
  readonly mac: string | undefined
  readonly ipam: Ipam
  /** Addresses that the runtime asks for. */
  readonly requested: readonly string[]
  readonly portMaps: readonly PortMap[]
  readonly dns: Dns
  readonly prevResult: Result | undefined
  /** Of GC: who is still there. */
  readonly valid: readonly { readonly containerId: string; readonly ifname: string }[] | undefined
  /** Where it is written down what was done, beside standard error. */
  readonly logFile: string | undefined
  /** As it came, for plugins that are asked in turn. */
  readonly json: string
}

const names = {
  is: isName,
  say: 'a name of letters, digits, "_", "." and "-"',
}

const devices = {
  is: (value: string) => /^(?!(\.{1,2}|all|default)$)[^\s/:\0]{1,15}$/.test(value),
  say: 'a name of a device',
}

const macs = {
  is: (value: string) => /^[0-9a-fA-F][02468aceACE](:[0-9a-fA-F]{2}){5}$/.test(value),
  say: 'a MAC address of one device',
}

const requests = {
  is: (value: string) => isAddress(value) || isInterfaceAddress(value),
  say: 'an address',
}

const reservations = {
  is: (value: string) => isPrefix(value) && value !== 'default',
  say: 'an address or a prefix',
}

const absolute = { is: (value: string) => value.startsWith('/'), say: 'an absolute path' }

/** What the reference plugin `bridge` knows and we do not; what switches it off does no harm. */
const unsupported = [
  'vlan',
  'vlanTrunk',
  'macspoofchk',
  'enabledad',
  'disableContainerInterface',
  'forceAddress',
]

const isOff = (value: unknown): boolean =>
  [undefined, null, false, 0].includes(value as undefined) ||
  (Array.isArray(value) && value.length === 0)

const refuseUnsupported = ({ value }: Part): void => {
  for (const key of unsupported) {
    if (isOff(value[key])) continue
    const details = `${key}: ${JSON.stringify(value[key])}`
    throw new CniError(codes.unsupportedField, `netplan-cni does not support ${key}`, details)
  }
  const { ipMasqBackend: backend } = value
  if (!isOff(backend) && backend !== '' && backend !== 'iptables')
    throw new CniError(
      codes.unsupportedField,
      'netplan-cni masquerades by iptables',
      `ipMasqBackend: ${JSON.stringify(backend)}`,
    )
}

/** @throws CniError (1) where a version is not spoken here */
const versionOf = (config: Part): Version => {
  const version = text(config, 'cniVersion') ?? '0.1.0'
  if (isVersion(version)) return version
  throw new CniError(
    codes.incompatibleVersion,
    'incompatible CNI versions',
    `config is ${JSON.stringify(version)}, plugin supports ${JSON.stringify(versions)}`,
  )
}

const readIpam = (config: Part, type: string): Ipam => {
  const ipam = part(config, 'ipam')
  const by = checked(text(ipam, 'type'), 'ipam.type', names)
  if (by !== undefined && by !== type) return { by: 'plugin', type: by }
  const ranges = readRanges(config)
  if (ranges.length === 0) {
    if (Object.keys(ipam.value).length > 0) throw invalidConfig('ipam has no ranges')
    return { by: 'nobody' }
  }
  const reserved = texts(ipam, 'reserved').map((one) => checked(one, 'ipam.reserved', reservations))
  return {
    ...{ by: 'ranges', ranges, reserved },
    routes: parts(ipam, 'routes').map(readRoute),
    dataDir: checked(text(ipam, 'dataDir'), 'ipam.dataDir', absolute) ?? '/var/lib/cni/networks',
    dns: readDns(part(ipam, 'dns')),
  }
}

/** The runtime's own word first, then those of older conventions, as host-local has it. */
const readRequested = (config: Part, args: ReadonlyMap<string, string>): readonly string[] => {
  const ask = (where: Part): readonly string[] => texts(where, 'ips')
  const own = args.get('IP')
  const found = [
    ask(part(config, 'runtimeConfig')),
    ask(part(part(config, 'args'), 'cni')),
    own === undefined ? [] : own.split(','),
  ].find((list) => list.length > 0)
  return (found ?? []).map((one) => checked(one, 'an address that is asked for', requests))
}

const readMac = (config: Part, args: ReadonlyMap<string, string>): string | undefined => {
  const found =
    text(part(config, 'runtimeConfig'), 'mac') ??
    text(part(part(config, 'args'), 'cni'), 'mac') ??
    args.get('MAC')
  return checked(found, 'mac', macs)?.toLowerCase()
}

const readValid = (config: Part): Configuration['valid'] => {
  const key = ['cni.dev/valid-attachments', 'cni.dev/attachments'].find(
    (one) => one in config.value,
  )
  if (key === undefined) return undefined
  return parts(config, key).map((one) => ({
    containerId: text(one, 'containerID') ?? '',
    ifname: text(one, 'ifname') ?? '',
  }))
}

const requireName = (config: Part): string => {
  const name = checked(text(config, 'name'), 'name', names)
  if (name === undefined) throw invalidConfig('name is missing')
  return name
}

/** What `mtu` says; 0 is the kernel's, as Go has it. */
const readMtu = (config: Part): number | undefined => {
  const mtu = number(config, 'mtu') ?? 0
  if (mtu === 0) return undefined
  if (mtu < 68 || mtu > 65535) throw invalidConfig('mtu is out of range', String(mtu))
  return mtu
}

type Switch =
  'isGateway' | 'isDefaultGateway' | 'ipMasq' | 'hairpinMode' | 'promiscMode' | 'portIsolation'

const readSwitches = (config: Part): Pick<Configuration, Switch> => {
  const read = (key: Switch): boolean => flag(config, key) ?? false
  const [hairpinMode, promiscMode] = [read('hairpinMode'), read('promiscMode')]
  if (hairpinMode && promiscMode)
    throw invalidConfig('hairpinMode and promiscMode exclude each other')
  const isDefaultGateway = read('isDefaultGateway')
  return {
    ...{ hairpinMode, promiscMode, isDefaultGateway },
    isGateway: isDefaultGateway || read('isGateway'),
    ipMasq: read('ipMasq'),
    portIsolation: read('portIsolation'),
  }
}

/**
 * Reads a network configuration. Keys that are not ours are left alone: runtimes and other plugins have theirs.
 *
 * @throws CniError (6) where it is no JSON, (1) of another version, (7) where it is wrong, (2) where it asks for more
 */
export const readConfiguration = (
  json: string,
  args: ReadonlyMap<string, string> = new Map(),
): Configuration => {
  const config = decode(json)
  const cniVersion = versionOf(config)
  const name = requireName(config)
  refuseUnsupported(config)
  const before = part(config, 'prevResult')
  return {
    ...{ cniVersion, name, json },
    ...readSwitches(config),
    bridge: checked(text(config, 'bridge'), 'bridge', devices) ?? 'cni0',
    mtu: readMtu(config),
    mac: readMac(config, args),
    ipam: readIpam(config, text(config, 'type') ?? ''),
    requested: readRequested(config, args),
    portMaps: readPortMaps(part(config, 'runtimeConfig')),
    dns: readDns(part(config, 'dns')),
    prevResult: Object.keys(before.value).length === 0 ? undefined : readResult(before),
    valid: readValid(config),
    logFile: checked(text(config, 'logFile'), 'logFile', absolute),
  }
}
