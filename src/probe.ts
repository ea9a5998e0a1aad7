// The program that makes checks: one in each namespace, since a process is in one. It gets a line of JSON for
// each probe, answers with one, and ends with its input, however the one who started it ends. Called with `respond`
// it is who answers checks in a rehearsal: it gets one line, with all places where it is to listen.

import { createInterface } from 'node:readline'
import { attempt } from './kernel/attempts.ts'
import { respond } from './kernel/respond.ts'
import type { Listening } from './kernel/respond.ts'
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

const listen = async (places: readonly Listening[]): Promise<void> => {
  const refusals = await Promise.all(places.map(respond))
  process.stdout.write(`${JSON.stringify(refusals)}\n`)
}

const crash = (error: unknown): void => {
  process.stderr.write(`${String(error)}\n`)
  process.exit(1)
}

const take = (line: string): Promise<void> => {
  const asked: unknown = JSON.parse(line)
  return process.argv[2] === 'respond' ? listen(asked as Listening[]) : answer(asked as Question)
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    take(line).catch(crash)
  })
  .on('close', () => process.exit())
