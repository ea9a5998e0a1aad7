import { readFile } from './files.ts'

const name = 'SSH_CONNECTION'

const readProc = async (pid: number, file: string): Promise<string> => {
  try {
    return await readFile(`/proc/${String(pid)}/${file}`)
  } catch {
    // It has ended, or is not ours to look at.
    return ''
  }
}

/** The environment that a process was started with. */
const startedWith = async (pid: number): Promise<string | undefined> =>
  (await readProc(pid, 'environ'))
    .split('\0')
    .find((entry) => entry.startsWith(`${name}=`))
    ?.slice(name.length + 1)

const parentOf = async (pid: number): Promise<number> =>
  Number(/^PPid:\s+(\d+)$/m.exec(await readProc(pid, 'status'))?.[1] ?? 0)

// More than anybody nests shells.
const mostParents = 64

/**
 * $SSH_CONNECTION of this process, or of the nearest it was started by: `sudo` and `su -` do not pass it on,
 * and who changes a network is seldom root from the beginning.
 */
export const findSshConnection = async (
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> => {
  let found = env[name]
  let pid = process.ppid
  for (let depth = 0; found === undefined && pid > 0 && depth < mostParents; depth += 1) {
    found = await startedWith(pid)
    pid = await parentOf(pid)
  }
  return found
}
