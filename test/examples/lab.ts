import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { run } from '../run.ts'

/** Runs a program that has to succeed, and returns what it printed. */
export const succeed = async (
  argv: readonly string[],
  netns?: string,
  cwd?: string,
): Promise<string> => {
  const where = { ...(netns === undefined ? {} : { netns }), ...(cwd === undefined ? {} : { cwd }) }
  const { code, stdout, stderr } = await run(argv, where)
  if (code === 0) return stdout
  throw new Error(`${netns ?? ''}$ ${argv.join(' ')}\n${stdout}${stderr}exit ${code}`)
}

/** Starts a program that serves; it is ready when it says its first line. */
export const serve = async (argv: readonly string[], netns: string): Promise<() => void> => {
  const child = spawn('nsenter', [`--net=/run/netns/${netns}`, '--', ...argv], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return () => void child.kill()
}

const hasTentative = async (netns: string): Promise<boolean> => {
  const shown = await succeed(
    ['ip', '-6', '-j', 'address', 'show', 'tentative', 'scope', 'global'],
    netns,
  )
  // Older versions print empty objects for the links that have none.
  return shown.includes('"local"')
}

/** Waits until duplicate address detection is through with the global IPv6 addresses: a second or two. */
export const settle = async (namespaces: readonly string[]): Promise<void> => {
  for (let tries = 0; tries < 100; tries++) {
    const tentative = await Promise.all(namespaces.map(hasTentative))
    if (!tentative.includes(true)) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('addresses are tentative after 10 s')
}
