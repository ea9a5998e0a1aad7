import pLimit from 'p-limit'
import type { Answers } from './answers.ts'
import { readNamespaceFile } from './namespaces.ts'
import { run } from './run.ts'

// A child costs Node milliseconds of its one thread, and the machine memory: more at a time gain nothing.
const limit = pLimit(4)

const procSys = '/proc/sys/'

// /proc/sys/net shows the namespace of the process that looks: so a process looks, once for all.
const readSysctls: Answers['sysctls'] = async (netns, paths) => {
  if (paths.length === 0) return new Map()
  const files = paths.map((path) => procSys + path)
  const { stdout } = await limit(run, { argv: ['grep', '-sH', '', '--', ...files], netns })
  const values = new Map<string, string>()
  for (const line of stdout.split('\n').filter((text) => text !== '')) {
    const at = line.indexOf(':')
    const path = line.slice(procSys.length, at)
    const value = line
      .slice(at + 1)
      .trim()
      .replaceAll(/\s+/g, ' ')
    // A value of several lines: grep prints a line each.
    values.set(path, values.has(path) ? `${String(values.get(path))} ${value}` : value)
  }
  return values
}

/** The running kernel. */
export const liveAnswers: Answers = {
  run: (question) => limit(run, question),
  sysctls: readSysctls,
  namespaceFile: ({ path }) => readNamespaceFile(path),
}
