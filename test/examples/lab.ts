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

// One shell for all namespaces, for it is asked again and again.
const listTentative = `
for name; do
  [ -z "$(ip -n "$name" -6 -o address show tentative scope global)" ] || echo "$name"
done
`

/** Waits until duplicate address detection is through with the global IPv6 addresses: a second or two. */
export const settle = async (namespaces: readonly string[]): Promise<void> => {
  let left = namespaces
  for (let tries = 0; tries < 50 && left.length > 0; tries++) {
    if (tries > 0) await new Promise((resolve) => setTimeout(resolve, 200))
    const printed = await succeed(['sh', '-c', listTentative, 'tentative', ...left])
    left = printed.split('\n').filter((name) => name !== '')
  }
  if (left.length > 0) throw new Error(`addresses are tentative after 10 s in ${left.join(', ')}`)
}
