// Who is compared: the same network, in words of each.
import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { isInstalled } from '../pipelines/installed.ts'
import { root } from '../run.ts'
import type { Network, PluginConfig } from './chain.ts'
import type { Document } from './protocol.ts'

/** Where Debian has the reference plugins. */
export const referencePath = '/usr/lib/cni'

const ourProgram = join(root, 'bin/netplan-cni')

/** What a bridge plugin is told, without its type; port mappings come in any case. */
export interface Wanted {
  readonly cniVersion: string
  readonly name: string
  readonly bridge: Document
}

export interface Contender {
  readonly name: string
  /** Where it is missing, its tests are skipped. */
  readonly isHere: boolean
  /** CNI_PATH, given a folder to put programs into. */
  path(folder: string): readonly string[]
  network(wanted: Wanted): Network
  /** Whether CHECK finds the rules of mapped ports where they are. */
  readonly checksMappings: boolean
  /** Whether DEL takes rules away of a container whose namespace it is not told. */
  readonly deletesBlindly: boolean
  /** Chains and rules that stay when the last container is gone. */
  readonly staying: RegExp
}

const bridgeOf = (type: string, { bridge }: Wanted): PluginConfig => ({ type, ...bridge })

const portMappings = { capabilities: { portMappings: true } }

export const reference: Contender = {
  name: 'bridge, host-local and portmap',
  isHere: isInstalled(join(referencePath, 'portmap'), 'containernetworking-plugins'),
  path: () => [referencePath],
  network: (wanted) => ({
    ...{ cniVersion: wanted.cniVersion, name: wanted.name },
    plugins: [bridgeOf('bridge', wanted), { type: 'portmap', snat: true, ...portMappings }],
  }),
  checksMappings: false, // 1.1.1 looks for those of IPv4 among those of IPv6
  deletesBlindly: false, // 1.1.1 leaves those of ipMasq
  staying: / :?CNI-HOSTPORT-/,
}

/** Our program where runtimes look for one, beside the reference plugins. */
const placeOurs = (folder: string): readonly string[] => {
  const bin = join(folder, 'bin')
  if (!existsSync(bin)) {
    mkdirSync(bin)
    symlinkSync(ourProgram, join(bin, 'netplan-cni'))
  }
  return [bin, referencePath]
}

export const ours: Contender = {
  name: 'netplan-cni',
  isHere: true,
  path: placeOurs,
  network: (wanted) => {
    // So its addresses are its own to give.
    const ipam = { ...(wanted.bridge['ipam'] as Document), type: 'netplan-cni' }
    return {
      ...{ cniVersion: wanted.cniVersion, name: wanted.name },
      plugins: [{ ...bridgeOf('netplan-cni', wanted), ipam, ...portMappings }],
    }
  },
  checksMappings: true,
  deletesBlindly: true,
  staying: /(?!)/,
}

/** Ours, with addresses by another plugin. */
const delegating: Contender = {
  ...ours,
  name: 'netplan-cni and host-local',
  isHere: reference.isHere,
  network: (wanted) => ({
    ...{ cniVersion: wanted.cniVersion, name: wanted.name },
    plugins: [{ ...bridgeOf('netplan-cni', wanted), ...portMappings }],
  }),
}

type Verify = (t: ExecutionContext, contender: Contender) => Promise<void>

// One after the other: each has a handful of processes.
const declareAll =
  (contenders: readonly Contender[]) =>
  (title: string, verify: Verify, isReady = true): void => {
    for (const contender of contenders) {
      const declare = contender.isHere && isReady ? test.serial : test.serial.skip
      declare(`${contender.name}: ${title}`, (t) => verify(t, contender))
    }
  }

/** A test of each contender, which is skipped where it is missing, or whatever else it takes. */
export const testEach = declareAll([reference, ours, delegating])

// `bridge` of the reference plugins, and the ports by ours.
const chained: Contender = {
  ...ours,
  name: 'bridge and netplan-cni',
  isHere: reference.isHere,
  deletesBlindly: false,
  network: (wanted) => ({
    ...{ cniVersion: wanted.cniVersion, name: wanted.name },
    plugins: [bridgeOf('bridge', wanted), { type: 'netplan-cni', ...portMappings }],
  }),
}

/** A test of ours behind another plugin. */
export const testChained = declareAll([chained])

/** A test of ours, of what the reference plugins do not keep to. */
export const testOurs = declareAll([ours, delegating])
