import { readFile, writeFile } from './files.ts'

/** A process, told apart from a later one of its number. */
export interface ProcessId {
  readonly pid: number
  /** When it was started, in the kernel's ticks since boot; undefined: not known. */
  readonly start?: string | undefined
}

/** What `/proc/PID/stat` has behind the name, which may hold anything (proc_pid_stat(5)). */
const statOf = async (pid: number): Promise<readonly string[] | undefined> => {
  try {
    const text = await readFile(`/proc/${String(pid)}/stat`)
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    // There is no such process.
    return undefined
  }
}

const stateField = 0
const startField = 19

/** This very process. */
export const ownProcess = async (): Promise<ProcessId> => {
  const { pid } = process
  return { pid, start: (await statOf(pid))?.[startField] }
}

/** Whether a process is there still, and no zombie. */
export const isAlive = async ({ pid, start }: ProcessId): Promise<boolean> => {
  const stat = await statOf(pid)
  if (!stat || ['Z', 'X'].includes(stat[stateField] ?? '')) return false
  return start === undefined || stat[startField] === start
}

/** Asks the kernel to take others first when memory is short (proc_pid_oom_score_adj(5)). */
export const resistMemoryPressure = async (): Promise<void> => {
  try {
    await writeFile('/proc/self/oom_score_adj', '-900')
  } catch {
    // It may not: then it is a process like any other.
  }
}
