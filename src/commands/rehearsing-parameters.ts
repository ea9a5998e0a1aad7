import { access, constants } from 'node:fs/promises'
import type { Snapshot } from '../kernel/snapshot.ts'
import type { LeftOut } from '../rehearsal/stand-ins.ts'
import type { Resource } from '../resources/kind.ts'
import { isOfDevice, sysctlIdentity } from '../resources/sysctl.ts'
import type { Sysctl } from '../resources/sysctl.ts'
import type { Loaded } from './load.ts'

const can = async (path: string, mode: number): Promise<boolean> => {
  try {
    await access(`/proc/sys/${path}`, mode)
    return true
  } catch {
    return false
  }
}

/** Whether the node has a parameter that this machine cannot set: only the first namespace of a machine could. */
const isFixed = async (path: string, snapshot: Snapshot | null): Promise<boolean> => {
  if (await can(path, constants.W_OK)) return false
  if (await can(path, constants.F_OK)) return true
  return typeof snapshot?.namespaces[0]?.sysctls[path] === 'string'
}

const isOfNode = (one: Resource): one is Sysctl =>
  one.kind === 'sysctl' && one.namespace === '' && !isOfDevice((one as Sysctl).path)

/** What a file asks for, without parameters that no copy of a node could set; these are told. */
export const withoutFixed = async (
  loaded: Loaded,
  snapshot: Snapshot | null,
): Promise<{ readonly loaded: Loaded; readonly leftOut: readonly LeftOut[] }> => {
  const { expansion, settle } = loaded
  const paths = expansion.resources.filter(isOfNode).map(({ path }) => path)
  const checked = await Promise.all(
    paths.map(async (path) => ((await isFixed(path, snapshot)) ? [path] : [])),
  )
  const fixed = new Set(checked.flat())
  if (fixed.size === 0) return { loaded, leftOut: [] }
  const keep = (all: readonly Resource[]): readonly Resource[] =>
    all.filter((one) => !(isOfNode(one) && fixed.has(one.path)))
  const settled: Loaded['settle'] =
    settle &&
    ((observed) => {
      const found = settle(observed)
      return found.ok ? { ...found, resources: keep(found.resources) } : found
    })
  const why = 'only the first namespace of a machine can set it: it is not tried'
  return {
    loaded: {
      ...loaded,
      expansion: { ...expansion, resources: keep(expansion.resources) },
      settle: settled,
    },
    leftOut: [...fixed].map((path) => ({ what: sysctlIdentity('', path), why })),
  }
}
