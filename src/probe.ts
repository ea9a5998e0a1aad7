// The program that makes checks: one in each namespace, since a process is in one. It gets a line of JSON for
// each probe, answers with one, and ends with its input, however the one who started it ends.

import { createInterface } from 'node:readline'
import { attempt } from './kernel/attempts.ts'
import type { Answer, Question } from './kernel/worker.ts'
import { isDecided } from './probes/judge.ts'
import { mostTriesAtOnce } from './probes/probe.ts'
import type { Try, WorkerProbe } from './probes/probe.ts'

/** As many tries as are asked for, some at a time; none any more where it is decided how they end. */
const attemptAll = async (probe: WorkerProbe): Promise<readonly Try[]> => {
  const tries: Try[] = []
  let left = probe.count
  const go = async (): Promise<void> => {
    while (left > 0 && !isDecided(probe, tries)) {
      left -= 1
      tries.push(await attempt(probe))
    }
  }
  await Promise.all(Array.from({ length: Math.min(left, mostTriesAtOnce) }, go))
  return tries
}

const answer = async ({ id, probe }: Question): Promise<void> => {
  const answered: Answer = { id, tries: await attemptAll(probe) }
  process.stdout.write(`${JSON.stringify(answered)}\n`)
}

const crash = (error: unknown): void => {
  process.stderr.write(`${String(error)}\n`)
  process.exit(1)
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    answer(JSON.parse(line) as Question).catch(crash)
  })
  .on('close', () => process.exit())
