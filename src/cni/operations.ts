import { acquireLock } from '../kernel/lock.ts'
import { openNode } from '../kernel/namespaces.ts'
import type { Node } from '../kernel/namespaces.ts'
import type { Configuration } from './configuration.ts'
import type { Environment } from './environment.ts'
import { openAddressing } from './ipam/index.ts'
import type { Addressing } from './ipam/index.ts'
import type { Doing } from './node.ts'

/** What a runtime asks for. */
export interface Request {
  readonly environment: Environment
  readonly configuration: Configuration
  readonly node: Node
  readonly addressing: Addressing
}

export const openRequest = async (
  environment: Environment,
  configuration: Configuration,
): Promise<Request> => ({
  environment,
  configuration,
  node: await openNode(undefined),
  addressing: openAddressing(configuration, environment),
})

/** For others to end what they do, in milliseconds: a runtime gives up after a minute or two. */
const patience = 60_000

/**
 * Does what only one at a time may do on a node.
 *
 * @param timeout how long to wait for others, in milliseconds
 * @throws LockedError where they do not come to an end
 */
export const alone = async <T>(
  { node, environment }: Pick<Request, 'node' | 'environment'>,
  work: (doing: Doing) => Promise<T>,
  timeout = patience,
): Promise<T> => {
  const command = `netplan-cni ${environment.command}`
  const lock = await acquireLock(node, { command, timeout })
  try {
    return await work({ node, lock, command })
  } finally {
    await lock.release()
  }
}
