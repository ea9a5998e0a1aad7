import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Interfaces } from '@oclif/core'
import { exitCodes } from './commands/failure.ts'
import { readyHelp } from './commands/ready-help.ts'

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

/** As oclif has it. */
const userAgent = ({ name, version }: Interfaces.PJSON): string =>
  `${name}/${version} ${process.platform}-${process.arch} node-${process.version}`

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
  // All at once: what reads without waiting is several files of Node's own, and threads.
  const pjson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Interfaces.PJSON
  const help = readyHelp(argv, root, userAgent(pjson))
  if (help !== undefined) {
    takeOutput()
    process.stdout.write(help)
    return
  }
  const { run } = await import('./commands/run.ts')
  // oclif's own listener, of the time that it is loaded, throws.
  await run(argv, { root, pjson, loaded: takeOutput })
}
