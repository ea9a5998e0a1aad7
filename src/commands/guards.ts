import * as Flags from '@oclif/core/flags'
import type { Diagnostic } from '../config/diagnostics.ts'
import { overLimits } from '../guards/limits.ts'
import type { Limits } from '../guards/limits.ts'
import type { Plan } from '../plan/plan.ts'
import type { Purpose } from '../present/blocks.ts'
import { exitCodes, Failure } from './failure.ts'
import type { Details } from './failure.ts'

/** Of what writes: which damage is meant. */
export const guardFlags = {
  'allow-lockout': Flags.boolean({
    description: 'go ahead although the way to this node may be lost',
  }),
  protect: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    description: 'neither delete nor replace this, beside limits.protect; * stands for anything',
    helpValue: 'PATTERN',
  }),
}

/** Of `apply` alone: to destroy is what `destroy` is for. */
export const maxDestroyFlag = {
  'max-destroy': Flags.integer({
    min: 0,
    description: 'how many objects may be deleted or replaced, instead of limits.maxDestroy',
    helpValue: 'N',
  }),
}

interface LimitFlags {
  readonly 'max-destroy'?: number | undefined
  readonly protect?: readonly string[] | undefined
}

/** The limits of the configuration, with those of the command line. */
export const limitsOf = (limits: Limits, flags: LimitFlags): Limits => {
  const { 'max-destroy': count, protect = [] } = flags
  return {
    ...limits,
    ...(count === undefined ? {} : { maxDestroy: { count } }),
    protect: [...limits.protect, ...protect.map((pattern) => ({ pattern }))],
  }
}

export interface Guard {
  /** It is rolled back by itself, unless somebody who came in again confirms it. */
  readonly confirmWithin: boolean
  readonly allowLockout: boolean
  readonly purpose: Purpose
  readonly textOf: Details['textOf']
}

const describeLockouts = ({ changes }: Pick<Plan, 'changes'>): readonly Diagnostic[] =>
  changes.flatMap(({ title, lockout, after }) =>
    lockout === undefined
      ? []
      : [
          {
            severity: 'error',
            code: 'lockout',
            message: `${title} ${lockout}`,
            ...(after?.source ? { location: after.source } : {}),
          },
        ],
  )

const lockoutMessage = (count: number): string => {
  const what = count === 1 ? 'one change' : `${String(count)} changes`
  const which = count === 1 ? 'it' : 'them'
  return (
    `${what} may take away the way to this node: say --confirm-within 60s to have ${which} ` +
    'rolled back unless you confirm, or --allow-lockout'
  )
}

/** What of a plan is beyond its limits; `maxDestroy` is not for what is there to destroy. */
const beyondLimits = (plan: Plan, limits: Limits, purpose: Purpose): readonly Diagnostic[] => {
  const { protect } = limits
  return overLimits(plan, purpose === 'destroy' ? { protect } : limits)
}

const limitMessage = 'it would destroy more than its limits allow'

/** Why a plan does more damage than was allowed: a Failure (1); undefined: it does not. */
export const refusalOf = (plan: Plan, limits: Limits, options: Guard): Failure | undefined => {
  const { confirmWithin, allowLockout, purpose, textOf } = options
  const over = beyondLimits(plan, limits, purpose)
  const lockouts = confirmWithin || allowLockout ? [] : describeLockouts(plan)
  const diagnostics = [...over, ...lockouts]
  if (diagnostics.length === 0) return undefined
  const messages = [
    ...(over.length > 0 ? [limitMessage] : []),
    ...(lockouts.length > 0 ? [lockoutMessage(lockouts.length)] : []),
  ]
  const code = over.length > 0 ? 'limits' : 'lockout'
  const message = `nothing was changed: ${messages.join('; and ')}`
  return new Failure(exitCodes.error, code, message, { diagnostics, textOf })
}

/** Lets a plan pass that does no more damage than was allowed; throws a Failure (1) otherwise. */
export const guard = (plan: Plan, limits: Limits, options: Guard): void => {
  const refusal = refusalOf(plan, limits, options)
  if (refusal) throw refusal
}

/** What `apply` would refuse of a plan, as warnings; the text of a plan says of lock-outs itself. */
export const forewarn = (plan: Plan, limits: Limits, isText: boolean): readonly Diagnostic[] => {
  const over = beyondLimits(plan, limits, 'change').map(
    ({ message, ...diagnostic }): Diagnostic => ({
      ...diagnostic,
      severity: 'warning',
      message: `apply would refuse this: ${message}`,
    }),
  )
  const count = isText ? 0 : describeLockouts(plan).length
  if (count === 0) return over
  const message = `apply would refuse this: ${lockoutMessage(count)}`
  return [...over, { severity: 'warning', code: 'lockout', message }]
}
