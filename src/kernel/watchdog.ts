import { spawn } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { environment, inNamespace, run, StartError } from './run.ts'

const isThere = async (path: string): Promise<boolean> => {
  try {
    await stat(path)
    return true
  } catch {
    return false
  }
}

/**
 * Starts it as a unit of systemd, where that is (sd_booted(3)): a session that ends may take along what was
 * started in it, in a session of its own or not (logind.conf(5), KillUserProcesses).
 *
 * @returns whether it was started
 */
const startAsUnit = async (argv: readonly string[], unit: string): Promise<boolean> => {
  if (!(await isThere('/run/systemd/system'))) return false
  const options = ['--quiet', '--collect', `--unit=${unit}`, `--setenv=PATH=${environment().PATH}`]
  try {
    const { code } = await run({ argv: ['systemd-run', ...options, '--', ...argv] })
    return code === 0
  } catch (error) {
    if (error instanceof StartError) return false
    throw error
  }
}

/**
 * Starts a program that outlives us, our shell and our terminal: in a session of its own, without any open
 * file of ours, and in the namespace that it is about, which so cannot go away.
 *
 * @param netns the file to enter the node by
 * @param unit what systemd is to call it
 */
export const startDetached = async (
  argv: readonly string[],
  netns: string,
  unit: string,
): Promise<void> => {
  const inside = inNamespace(argv, netns)
  if (await startAsUnit(inside, unit)) return
  const [program = '', ...args] = inside
  const options = { env: environment(), detached: true, stdio: 'ignore', cwd: '/' } as const
  const child = spawn(program, args, options)
  await new Promise<void>((resolve, reject) => {
    child.on('spawn', resolve)
    child.on('error', (error: NodeJS.ErrnoException) =>
      reject(new StartError(program, error.code ?? 'unknown')),
    )
  })
  child.unref()
}
