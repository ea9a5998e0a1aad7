import type { Applied, Trouble } from '../apply/apply.ts'
import type { Failure as StepFailure } from '../apply/execute.ts'
import type { RolledBack } from '../apply/rollback.ts'
import type { Diagnostic } from '../config/diagnostics.ts'
import type { Plan } from '../plan/plan.ts'
import { exitCodes, Failure } from './failure.ts'
import type { Details } from './failure.ts'
import { startFailure } from './node-failure.ts'

type TextOf = Details['textOf']

/** A step that was refused, at the line that asked for it. */
const describeRefusal = (
  { identity, step, message }: StepFailure,
  plan: Plan | undefined,
): Diagnostic => {
  const source = plan?.changes.find((change) => change.identity === identity)?.after?.source
  const text = `${step.argv.join(' ')}: ${message}`
  const location = source ? { location: source } : {}
  return { severity: 'error', code: 'node', message: text, ...location }
}

/** What a person calls what a plan is about: a service is one, whatever it is made of. */
export const titlesOf = ({ changes }: Plan): string =>
  [...new Set(changes.map(({ group, title }) => group ?? title))].join(', ')

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)

/** What went wrong, in half a sentence. */
const describeTrouble = (trouble: Trouble): string => {
  switch (trouble.kind) {
    case 'refused':
      return 'a step was refused'
    case 'unverified':
      return `every step was taken, but the node still differed: ${titlesOf(trouble.left)}`
    case 'unreadable':
      return 'every step was taken, but the node could not be planned against any more'
    case 'rejected':
      return 'what worked before did not work any more'
    case 'interrupted':
      return 'interrupted'
    case 'error':
      return messageOf(trouble.error)
  }
}

const diagnosticsOf = (trouble: Trouble, plan: Plan): readonly Diagnostic[] => {
  if (trouble.kind === 'refused') return [describeRefusal(trouble.failure, plan)]
  return trouble.kind === 'unreadable' || trouble.kind === 'rejected' ? trouble.diagnostics : []
}

const codes: Readonly<Record<Trouble['kind'], string>> = {
  refused: 'step-failed',
  unverified: 'unverified',
  unreadable: 'unverified',
  rejected: 'check-failed',
  interrupted: 'interrupted',
  error: 'failed',
}

/** Nothing had been changed, or nothing that the kernel kept. */
const fromNothingDone = (trouble: Trouble, details: Details): Failure => {
  if (trouble.kind === 'interrupted')
    return new Failure(exitCodes.interrupted, 'interrupted', 'interrupted: nothing was changed')
  const cause = trouble.kind === 'refused' ? trouble.failure.cause : undefined
  if (cause === 'permission') {
    const message = 'nothing was changed: this needs root, with CAP_NET_ADMIN'
    return new Failure(exitCodes.missing, 'missing-privilege', message, details)
  }
  if (cause) return startFailure(cause)
  const why = trouble.kind === 'refused' ? 'the first step was refused' : describeTrouble(trouble)
  const message = `nothing was changed: ${why}`
  return new Failure(exitCodes.error, codes[trouble.kind], message, details)
}

/** What is not as it was, and how to try again. */
const describeLeft = ({ left, error }: Extract<RolledBack, { complete: false }>): string => {
  const what = left
    ? `differs from before: ${titlesOf(left) || 'the notes in /run/nodeplan alone'}`
    : 'how much differs from before is unknown, since the node cannot be read'
  return `${what}${error === undefined ? '' : ` (${messageOf(error)})`}; netplan rollback tries again`
}

/** A rollback that did not get to its end: what is left, and what was refused. */
export const incompleteFailure = (
  why: string,
  back: Extract<RolledBack, { complete: false }>,
  { diagnostics, textOf }: Details,
): Failure => {
  const refusals = back.failures.map((failure) => describeRefusal(failure, back.left))
  return new Failure(exitCodes.partApplied, 'part-applied', `${why}; ${describeLeft(back)}`, {
    diagnostics: [...diagnostics, ...refusals],
    textOf,
  })
}

/** What a finished apply is to its caller: undefined, or the failure to end with. */
export const failureOf = (applied: Applied, plan: Plan, textOf: TextOf): Failure | undefined => {
  if (applied.outcome === 'done') return undefined
  const { trouble, done, back } = applied
  const details = { diagnostics: diagnosticsOf(trouble, plan), textOf }
  const why = describeTrouble(trouble)
  const progress = `${String(done)} of ${String(plan.steps.length)} steps were done`
  if (!back.complete)
    return incompleteFailure(`${why}: ${progress}, and not all could be rolled back`, back, details)
  if (back.steps === 0) return fromNothingDone(trouble, details)
  const message = `${why}: ${progress}, and rolled back; the node is as it was`
  return trouble.kind === 'interrupted'
    ? new Failure(exitCodes.interrupted, 'interrupted', message, details)
    : new Failure(exitCodes.rolledBack, codes[trouble.kind], message, details)
}
