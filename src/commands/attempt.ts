import { StartError } from '../kernel/run.ts'
import type { Writer } from '../kernel/writer.ts'
import type { LeftOut } from '../rehearsal/stand-ins.ts'

interface Command {
  readonly argv: readonly string[]
  readonly netns?: string | undefined
  readonly stdin?: string
}

/** Runs a command of which a copy is made. Returns why it is refused; undefined: it is not. */
export const tryRun = async (writer: Writer, command: Command): Promise<string | undefined> => {
  try {
    const { code, stderr } = await writer.run(command)
    return code === 0 ? undefined : stderr.trim()
  } catch (error) {
    if (error instanceof StartError) return error.message
    throw error
  }
}

/** The same; where it fails, what it would have made is left out, and that is said. */
export const attempt = async (writer: Writer, command: Command): Promise<readonly LeftOut[]> => {
  const why = await tryRun(writer, command)
  return why === undefined ? [] : [{ what: command.argv.join(' '), why }]
}
