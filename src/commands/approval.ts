import { createInterface } from 'node:readline/promises'
import { exitCodes, Failure } from './failure.ts'

/** Fails where nobody could answer. */
export const requireTerminal = (): void => {
  if (process.stdin.isTTY) return
  const message = 'there is no terminal to ask at: say --auto-approve to go ahead'
  throw new Failure(exitCodes.usage, 'usage', message)
}

/** Ctrl-C at the question is an interrupt; Ctrl-D is a no. */
const fromAbort = (error: unknown): Failure => {
  const { name, message } = error as Error
  if (name !== 'AbortError') throw error
  return message.includes('Ctrl+C')
    ? new Failure(exitCodes.interrupted, 'interrupted', 'interrupted: nothing was changed')
    : new Failure(exitCodes.error, 'not-approved', 'cancelled: nothing was changed')
}

/** Asks at the terminal; a Failure where the answer is no. */
export const askApproval = async (nodeName: string): Promise<void> => {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const question = `\nDo this to node ${nodeName}? Only "yes" goes ahead: `
    const answer = await terminal.question(question)
    if (answer.trim() === 'yes') return
  } catch (error) {
    throw fromAbort(error)
  } finally {
    terminal.close()
  }
  throw new Failure(exitCodes.error, 'not-approved', 'cancelled: nothing was changed')
}
