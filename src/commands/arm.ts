import { setTimeout as sleep } from 'node:timers/promises'
import { NodeError } from '../kernel/namespaces.ts'
import type { Node } from '../kernel/namespaces.ts'
import { isAlive } from '../kernel/processes.ts'
import { startDetached } from '../kernel/watchdog.ts'
import { readWatch } from './watch-file.ts'

/** How long a watchdog may take to say that it watches, in milliseconds. */
const patience = 10_000

/**
 * Arms a watchdog: a process that outlives this one, and rolls back unless somebody confirms.
 *
 * @param journal its path
 * @throws where it does not come up
 */
export const armWatchdog = async (node: Node, journal: string, owner: string): Promise<void> => {
  const [, program = ''] = process.argv
  const argv = [process.execPath, program, 'watchdog', journal]
  const before = await readWatch(journal)
  const own = `/proc/${String(process.pid)}/ns/net`
  await startDetached(argv, node.path ?? own, `nodeplan-${owner}-${String(process.pid)}`)
  for (let waited = 0; waited < patience; waited += 20) {
    const watch = await readWatch(journal)
    const isNew = watch && (watch.pid !== before?.pid || watch.start !== before.start)
    if (isNew && (await isAlive(watch))) return
    await sleep(20)
  }
  const message = 'nothing was changed: the watchdog that would roll back does not come up'
  throw new NodeError(message, 'ESRCH')
}
