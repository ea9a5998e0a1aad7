import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { Config, Errors, run } from '@oclif/core'
import type { Interfaces } from '@oclif/core'
import { commands } from './commands/index.ts'
import { reportError } from './commands/report.ts'

export { commands }

/** `this.exit(0)` of oclif, as after --help: an end and no error. */
const isExit = (error: unknown): boolean =>
  error instanceof Errors.ExitError && error.oclif.exit === 0

/**
 * The program.
 *
 * @param argv what follows its name
 * @param root the folder of package.json
 */
export const main = async (argv: string[], root: string): Promise<void> => {
  // Whoever reads our output may stop at any line; an apply goes on.
  process.stdout.on('error', () => undefined)
  const text = await readFile(join(root, 'package.json'), 'utf8')
  const pjson = JSON.parse(text) as Interfaces.PJSON
  const target = relative(root, import.meta.filename)
  pjson.oclif.commands = { strategy: 'explicit', target, identifier: 'commands' }
  try {
    const config = await Config.load({ root, pjson })
    await run(argv, config)
  } catch (error) {
    if (!isExit(error)) reportError(error, argv.includes('--json'))
  }
}
