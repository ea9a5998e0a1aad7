import type { LoadedFiles } from '../config/load.ts'
import type { Diagnostic } from '../config/diagnostics.ts'
import { noPlan } from './failure.ts'
import { machineOf, recordedHost } from './host.ts'
import { loadFor } from './load.ts'
import { readSnapshot } from './snapshots.ts'
import { openView } from './view.ts'

interface TryFlags {
  readonly node?: string | undefined
  readonly adopt?: boolean
  readonly file?: string[] | undefined
}

/** What the node of a snapshot has against a configuration; a Failure (1) where there is no plan for it. */
export const tryNode = async (
  files: LoadedFiles,
  state: string,
  { node, adopt = false, file }: TryFlags,
): Promise<readonly Diagnostic[]> => {
  const snapshot = await readSnapshot(state, { file })
  const host = recordedHost(snapshot, state)
  const loaded = await loadFor(files, machineOf(snapshot, host, node))
  const { expansion, settle, source } = loaded
  const view = openView(host, expansion, { adopt, settle, nodeName: source.nodeName })
  const result = await view.plan()
  if (!result.ok) throw noPlan(result.diagnostics, source.text)
  return result.warnings
}
