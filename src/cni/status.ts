import { codes, CniError } from './errors.ts'
import { openScope, planScope } from './node.ts'
import type { Request } from './operations.ts'
import { readAttachments } from './attachments.ts'
import { requireFrom } from './versions.ts'

/** STATUS: whether an ADD could be served. */
export const status = async ({ configuration, node, addressing }: Request): Promise<void> => {
  requireFrom(configuration.cniVersion, '1.1.0', 'STATUS')
  await addressing.status()
  try {
    await planScope(await openScope({ attachments: await readAttachments(node) }))
  } catch (error) {
    const details = error instanceof Error ? error.message : String(error)
    throw new CniError(codes.notAvailable, 'this node cannot be read', details)
  }
}
