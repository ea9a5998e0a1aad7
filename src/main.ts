import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Interfaces } from '@oclif/core'
import * as Errors from '@oclif/core/errors'
import { exitCodes } from './commands/failure.ts'
import { reportError } from './commands/report.ts'
import { dispatch } from './commands/dispatch.ts'

/** `this.exit(0)` of oclif, as after --help: an end and no error. */
const isExit = (error: unknown): boolean =>
  error instanceof Errors.ExitError && error.oclif.exit === 0

/** Nobody reads any more: a pipe that was closed, a terminal that hung up. */
const isGone = ({ code }: NodeJS.ErrnoException, { isTTY }: NodeJS.WriteStream): boolean =>
  code === 'EPIPE' || (code === 'EIO' && isTTY)

/** Their exit codes say what became of the node, and not of the output. */
const writing: ReadonlySet<string> = new Set(['apply', 'destroy', 'rollback', 'confirm'])

/** Whoever reads our output may stop at any line, and an apply goes on; a full disk is an error. */
const endOutput = (error: NodeJS.ErrnoException, command = ''): void => {
  if (isGone(error, process.stdout)) return
  if (!writing.has(command)) process.exitCode = exitCodes.error
  process.stderr.write(`netplan: cannot write the output: ${error.message}\n`)
}

/** An error of the command line, with what was perhaps meant; any other as it is. */
const explain = async (error: unknown, argv: readonly string[]): Promise<unknown> => {
  if (!(error instanceof Errors.CLIError)) return error
  const { explainMisuse } = await import('./commands/misuse.ts')
  const { commands } = await import('./commands/index.ts')
  return explainMisuse(error, argv, commands)
}

/**
 * The program.
 *
 * @param argv what follows its name
 * @param root the folder of package.json
 */
export const main = async (argv: string[], root: string): Promise<void> => {
  const takeOutput = (): void => {
    process.stdout.removeAllListeners('error').on('error', (error: NodeJS.ErrnoException) => {
      endOutput(error, argv[0])
    })
  }
  // There is nowhere left to say it.
  process.stderr.on('error', () => undefined)
  const text = await readFile(join(root, 'package.json'), 'utf8')
  const pjson = JSON.parse(text) as Interfaces.PJSON
  try {
    // oclif's own listener, of the time that it is loaded, throws.
    if (await dispatch(argv, { root, pjson, loaded: takeOutput })) return
    const { runWhole } = await import('./commands/whole.ts')
    takeOutput()
    await runWhole(argv, root, pjson)
  } catch (error) {
    if (isExit(error)) return
    reportError(await explain(error, argv), argv.includes('--json'))
  }
}
