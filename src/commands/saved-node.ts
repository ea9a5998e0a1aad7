import { hostname } from 'node:os'
import { readMachine } from '../kernel/machine.ts'
import type { Node } from '../kernel/namespaces.ts'
import type { RecordedNode } from '../kernel/snapshot.ts'

/** A node, by all that tells it from others. */
export type Identity = Omit<RecordedNode, 'name' | 'given'>

/** What a node is to a plan that was made for one. */
export type Likeness =
  | { readonly same: true; readonly startedAnew: boolean }
  | { readonly same: false; readonly why: string }

export const identityOf = async (node: Node, netns: string | undefined): Promise<Identity> => ({
  netns: netns ?? null,
  hostname: hostname(),
  inode: node.inode,
  born: node.born ?? null,
  ...(await readMachine()),
})

const differ = (a: string | null | undefined, b: string | null | undefined): boolean =>
  typeof a === 'string' && typeof b === 'string' && a !== b

const other = (why: string): Likeness => ({ same: false, why })

/** Since the same start of the same machine a namespace is told by its number: by whichever name it is called. */
const compareNamespaces = (was: Identity, is: Identity): Likeness =>
  was.inode === is.inode && !differ(was.born, is.born)
    ? { same: true, startedAnew: false }
    : other('it is another network namespace')

/** Whether a node is the one that another look at one was of. */
export const compareNodes = (was: Identity, is: Identity): Likeness => {
  const wasKnown = typeof was.boot === 'string'
  if (wasKnown && was.boot === is.boot) return compareNamespaces(was, is)
  if (differ(was.machine, is.machine)) return other('it is another machine')
  if (was.hostname !== is.hostname)
    return other(`it is called ${is.hostname}, and that one was called ${was.hostname}`)
  if (!wasKnown) return compareNamespaces(was, is)
  // Numbers of namespaces are given anew with each start.
  if (was.netns !== is.netns) return other('it is another network namespace')
  return { same: true, startedAnew: true }
}
