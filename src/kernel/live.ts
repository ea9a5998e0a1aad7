import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import pLimit from 'p-limit'
import type { Answers, Question } from './answers.ts'
import { readNamespaceFile } from './namespaces.ts'
import { runAll } from './run-all.ts'
import type { Outcome } from './run.ts'

interface Asked {
  readonly question: Question
  resolve(outcome: Outcome): void
  reject(error: unknown): void
}

type Heap = readonly Asked[]

// More at a time gain nothing, and cost the machine memory.
const limit = pLimit(4)

/** Below that, a shell of their own is not worth its start. */
const fewest = 8

/** So many words and inputs are far from what one command line may be long. */
const most = 500

/** Questions in as many heaps as there are processors to answer them, or more where they are many. */
const inHeaps = (asked: Heap): readonly Heap[] => {
  const count = Math.min(availableParallelism(), Math.ceil(asked.length / fewest))
  const size = Math.min(most, Math.ceil(asked.length / count))
  return Array.from({ length: Math.ceil(asked.length / size) }, (_, index) =>
    asked.slice(index * size, (index + 1) * size),
  )
}

const answer = async (heap: Heap, waits: boolean): Promise<void> => {
  const questions = heap.map(({ question }) => question)
  const answers = await runAll(questions, { waits })
  answers.forEach((given, index) => {
    if (given.status === 'fulfilled') heap[index]?.resolve(given.value)
    else heap[index]?.reject(given.reason)
  })
}

/**
 * What is asked in one turn is answered together.
 *
 * @param isPatient nothing else is to be done meanwhile: where there is one heap alone, it is waited for
 */
const openAsking = (isPatient: boolean): Answers['run'] => {
  let waiting: Asked[] = []
  const answerAll = (): void => {
    const heaps = inHeaps(waiting)
    waiting = []
    for (const heap of heaps) {
      limit(answer, heap, isPatient && heaps.length === 1).catch((error: unknown) => {
        for (const { reject } of heap) reject(error)
      })
    }
  }
  return (question) =>
    new Promise((resolve, reject) => {
      waiting.push({ question, resolve, reject })
      if (waiting.length === 1) setImmediate(answerAll)
    })
}

const procSys = '/proc/sys/'

const fold = (text: string): string => text.trim().replaceAll(/\s+/g, ' ')

/** The value of a parameter; undefined of one that is not there, or may only be written. */
const readOwnSysctl = (path: string): string | undefined => {
  try {
    return readFileSync(procSys + path, 'utf8')
  } catch {
    return undefined
  }
}

/**
 * /proc/sys/net shows the namespace of the process that looks, and this one is in the caller's. One after the other, for
 * a process may have few files open, and the kernel makes these up in no time.
 */
const readOwnSysctls = (paths: readonly string[]): ReadonlyMap<string, string> => {
  const values = new Map<string, string>()
  for (const path of paths) {
    const text = readOwnSysctl(path)
    if (text !== undefined && text !== '') values.set(path, fold(text))
  }
  return values
}

const readSysctls = async (
  ask: Answers['run'],
  netns: string | undefined,
  paths: readonly string[],
): ReturnType<Answers['sysctls']> => {
  if (paths.length === 0) return new Map()
  if (netns === undefined) return readOwnSysctls(paths)
  const files = paths.map((path) => procSys + path)
  const { stdout } = await ask({ argv: ['grep', '-sH', '', '--', ...files], netns })
  const values = new Map<string, string>()
  for (const line of stdout.split('\n').filter((text) => text !== '')) {
    const at = line.indexOf(':')
    const path = line.slice(procSys.length, at)
    const value = fold(line.slice(at + 1))
    // A value of several lines: grep prints a line each.
    values.set(path, values.has(path) ? `${String(values.get(path))} ${value}` : value)
  }
  return values
}

/** Files of one's own that cat(1) would print; undefined where it would complain, or is to print those of others. */
const readOwnFiles = ({ argv, netns, stdin }: Question): Outcome | undefined => {
  const [program, ...files] = argv
  if (program !== 'cat' || netns !== undefined || stdin !== undefined) return undefined
  try {
    const stdout = files.map((file) => readFileSync(file, 'utf8')).join('')
    return { code: 0, stdout, stderr: '' }
  } catch {
    return undefined
  }
}

const openAnswers = (isPatient: boolean): Answers => {
  const ask = openAsking(isPatient)
  return {
    run: async (question) => readOwnFiles(question) ?? ask(question),
    sysctls: (netns, paths) => readSysctls(ask, netns, paths),
    namespaceFile: ({ path }) => readNamespaceFile(path),
  }
}

/** The running kernel. */
export const liveAnswers = openAnswers(false)

/** The same, for who has nothing else to do until it has answered. */
export const patientAnswers = openAnswers(true)
