import { join } from 'node:path'
import { readDocuments } from '../documents.ts'
import { root, run } from '../run.ts'
import type { Ended, RunOptions } from '../run.ts'

/** The program as it is installed. */
export const program = [process.execPath, join(root, 'bin/run.cjs')]

/** Runs the program on a configuration, given on standard input. With --json, what it prints is checked. */
export const netplan = async (
  args: readonly string[],
  { input, ...options }: RunOptions = {},
): Promise<Ended> => {
  const files = input === undefined ? [] : ['-f', '-']
  const all = [...program, ...args, ...files]
  const ended = await run(all, input === undefined ? options : { ...options, input })
  if (args.includes('--json') && ended.stdout.startsWith('{')) readDocuments(ended.stdout)
  return ended
}

export const bridge = 'bridges:\n  br0: { addresses: [10.9.0.1/24] }\n'
