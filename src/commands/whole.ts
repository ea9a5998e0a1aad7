import { relative } from 'node:path'
import { Config, run, settings } from '@oclif/core'
import type { Interfaces } from '@oclif/core'
import { commands } from './index.ts'

export { commands }

/** `netplan help plan` is `netplan plan --help`. */
const helpLast = (argv: string[]): string[] =>
  argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv

/** The command line as oclif has it: help, and whatever is wrong with what is written there. */
export const runWhole = async (
  argv: string[],
  root: string,
  pjson: Interfaces.PJSON,
): Promise<void> => {
  const target = relative(root, import.meta.filename)
  pjson.oclif.commands = { strategy: 'explicit', target, identifier: 'commands' }
  // With NODE_ENV=development oclif would look for sources, and for a compiler.
  settings.enableAutoTranspile = false
  // Where these are missing oclif asks who the user is, and in a container that may be nobody's number.
  process.env['HOME'] ??= '/'
  process.env['SHELL'] ??= '/bin/sh'
  // No plugins: oclif would run what it finds in the caller's home, and the caller is root.
  const config = await Config.load({ root, pjson, userPlugins: false, devPlugins: false })
  await run(helpLast(argv), config)
}
