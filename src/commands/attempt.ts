import { StartError } from '../kernel/run.ts'
import type { Writer } from '../kernel/writer.ts'
import type { LeftOut } from '../rehearsal/stand-ins.ts'

/** Runs a command of which a copy is made; where it fails, what it would have made is left out, and that is said. */
export const attempt = async (
  writer: Writer,
  { argv, netns }: { readonly argv: readonly string[]; readonly netns?: string | undefined },
): Promise<readonly LeftOut[]> => {
  const what = argv.join(' ')
  try {
    const { code, stderr } = await writer.run({ argv, netns })
    return code === 0 ? [] : [{ what, why: stderr.trim() }]
  } catch (error) {
    if (error instanceof StartError) return [{ what, why: error.message }]
    throw error
  }
}
