import test from 'ava'
import type { Backend } from '../../src/iptables/restore.ts'
import { changesOf } from '../node/story.ts'
import { createLab } from './lab.ts'
import type { ConnectOptions, Lab, LabOptions, Place, Site } from './lab.ts'
import { outcomes } from './results.ts'

export const backends = ['nft', 'legacy'] as const
export const families = ['inet', 'inet6'] as const

/** A lab for several tests of a file, which ends with the last of them. */
const sharedLab = (options: LabOptions): Lab => {
  const endings: (() => unknown)[] = []
  test.after.always(async () => {
    for (const end of endings) await end()
  })
  return createLab({ teardown: (end) => void endings.unshift(end) }, options)
}

/** One for each iptables. */
export const labsOf = (options: LabOptions = {}): Readonly<Record<Backend, Lab>> => ({
  nft: sharedLab({ ...options, backend: 'nft' }),
  legacy: sharedLab({ ...options, backend: 'legacy' }),
})

/** A list in YAML's flow style, of addresses of both families. */
export const list = (...items: readonly string[]): string => `['${items.join("', '")}']`

/** Both addresses of every pod of these nodes. */
export const endpointsOf = (...sites: readonly Site[]): string =>
  list(...sites.flatMap(({ pods }) => pods.flatMap(({ inet, inet6 }) => [inet, inet6])))

/** What would be done, in a line a change. */
export const planned = async (
  { node, yaml, options }: Site,
  sections?: string,
): Promise<string[]> => changesOf(await node.plan(yaml(sections), options))

/** Who answers there, one after the other, or what comes instead. */
export const ask = async (
  lab: Lab,
  from: Place,
  address: string,
  port: number,
  options: ConnectOptions = {},
): Promise<readonly string[]> => outcomes(await lab.connect(from, address, port, options))

/** Long enough for an answer, and not too long for its absence. */
export const dropped: ConnectOptions = { timeout: 250 }
