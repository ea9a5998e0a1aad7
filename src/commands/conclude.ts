import type { Applied } from '../apply/apply.ts'
import type { Plan } from '../plan/plan.ts'
import { exitCodes, Failure } from './failure.ts'
import type { Details } from './failure.ts'
import { startFailure } from './report.ts'

type Failed = Extract<Applied, { outcome: 'failed' }>

/** The step that was refused, at the line that asked for it. */
const describeRefusal = (
  { failure: { identity, step, message } }: Failed,
  plan: Plan,
): Details['diagnostics'] => {
  const source = plan.changes.find((change) => change.identity === identity)?.after?.source
  const text = `${step.argv.join(' ')}: ${message}`
  const location = source ? { location: source } : {}
  return [{ severity: 'error', code: 'node', message: text, ...location }]
}

/** The first step was refused: the node is as it was. */
const fromNothingDone = (applied: Failed, details: Details): Failure => {
  const { cause } = applied.failure
  if (cause === 'permission') {
    const message = 'nothing was changed: this needs root, with CAP_NET_ADMIN'
    return new Failure(exitCodes.missing, 'missing-privilege', message, details)
  }
  if (cause) return startFailure(cause)
  const message = 'nothing was changed: the first step was refused'
  return new Failure(exitCodes.error, 'step-failed', message, details)
}

/** What a person calls what a plan is about: a service is one, whatever it is made of. */
const titlesOf = ({ changes }: Plan): string =>
  [...new Set(changes.map(({ group, title }) => group ?? title))].join(', ')

const fromFailed = (applied: Failed, plan: Plan, textOf: Details['textOf']): Failure => {
  const details = { diagnostics: describeRefusal(applied, plan), textOf }
  if (applied.done === 0) return fromNothingDone(applied, details)
  const left = applied.left && (titlesOf(applied.left) || 'nothing, somebody else has done it')
  const message =
    `${applied.done} of ${plan.steps.length} steps were done, and stay; still to do: ` +
    (left ?? 'unknown, since the node cannot be read')
  return new Failure(exitCodes.partApplied, 'step-failed', message, details)
}

/** What a finished apply is to its caller: undefined, or the failure to end with. */
export const failureOf = (
  applied: Applied,
  plan: Plan,
  textOf: Details['textOf'],
): Failure | undefined => {
  switch (applied.outcome) {
    case 'done':
      return undefined
    case 'failed':
      return fromFailed(applied, plan, textOf)
    case 'unreadable': {
      const message = 'every step was taken, but the node cannot be planned against any more'
      const { diagnostics } = applied
      return new Failure(exitCodes.partApplied, 'unverified', message, { diagnostics, textOf })
    }
    case 'unverified': {
      const message = `every step was taken, but the node still differs: ${titlesOf(applied.left)}`
      return new Failure(exitCodes.partApplied, 'unverified', message)
    }
  }
}
