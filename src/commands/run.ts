import * as Errors from '@oclif/core/errors'
import { dispatch, type Program } from './dispatch.ts'
import { reportError } from './report.ts'

/** `this.exit(0)` of oclif, as after --help: an end and no error. */
const isExit = (error: unknown): boolean =>
  error instanceof Errors.ExitError && error.oclif.exit === 0

/** An error of the command line, with what was perhaps meant; any other as it is. */
const explain = async (error: unknown, argv: readonly string[]): Promise<unknown> => {
  if (!(error instanceof Errors.CLIError)) return error
  const { explainMisuse } = await import('./misuse.ts')
  const { commands } = await import('./index.ts')
  return explainMisuse(error, argv, commands)
}

/** Runs what a command line asks for, and tells what went wrong. */
export const run = async (argv: string[], program: Program): Promise<void> => {
  const { root, pjson, loaded } = program
  try {
    if (await dispatch(argv, program)) return
    const { runWhole } = await import('./whole.ts')
    loaded()
    await runWhole(argv, root, pjson)
  } catch (error) {
    if (isExit(error)) return
    reportError(await explain(error, argv), argv.includes('--json'))
  }
}
