import { createHash } from 'node:crypto'
import { readFile } from './files.ts'

/** What tells one machine from another, and one time that it was started from the next. */
interface MachineId {
  /** Made from /etc/machine-id, which is nobody else's to know (machine-id(5)). */
  readonly machine: string | null
  readonly boot: string | null
}

const readLine = async (path: string): Promise<string | null> => {
  try {
    const text = (await readFile(path)).trim()
    return text === '' ? null : text
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Which machine this is, as far as it says so: an image that was never started has no number yet. */
export const readMachine = async (): Promise<MachineId> => {
  const [machine, boot] = await Promise.all([
    readLine('/etc/machine-id'),
    readLine('/proc/sys/kernel/random/boot_id'),
  ])
  const hidden = machine === null ? null : createHash('sha256').update(`netplan ${machine}`)
  return { machine: hidden?.digest('hex').slice(0, 32) ?? null, boot }
}
