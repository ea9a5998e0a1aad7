import type { Diagnostic, DiagnosticCode } from '../config/diagnostics.ts'
import { markerOf } from './blocks.ts'
import type { Block } from './blocks.ts'
import type { ChangeDocument } from './document.ts'
import { foldGroups } from './fold.ts'

/** Which changes a pipeline may refuse to let pass; `limit` is about a plan as a whole. */
export const failKinds = ['replace', 'delete', 'conflict', 'lockout', 'limit'] as const

export type FailKind = (typeof failKinds)[number]

interface Refusal {
  readonly code: DiagnosticCode
  readonly text: string
  readonly is: (block: Block) => boolean
}

const refusals: Readonly<Record<Exclude<FailKind, 'limit'>, Refusal>> = {
  replace: {
    code: 'limit',
    text: 'would be replaced',
    is: (block) => markerOf(block) === '-/+',
  },
  delete: {
    code: 'limit',
    text: 'would be destroyed',
    is: (block) => markerOf(block) === '-',
  },
  conflict: {
    code: 'conflict',
    text: 'would be taken over',
    is: ({ changes }) => changes.some(({ adopts }) => adopts),
  },
  lockout: {
    code: 'lockout',
    text: 'may lock you out',
    is: ({ changes }) => changes.some(({ lockout }) => lockout !== null),
  },
}

const isAboutChanges = (kind: FailKind): kind is keyof typeof refusals => kind !== 'limit'

/** Why a pipeline does not let an object change; undefined: it may. */
export const refusalOf = (
  block: Block,
  kinds: readonly FailKind[],
): Pick<Diagnostic, 'code' | 'message'> | undefined => {
  const kind = kinds.filter(isAboutChanges).find((one) => refusals[one].is(block))
  if (kind === undefined) return undefined
  const { code, text } = refusals[kind]
  return { code, message: `${block.title} ${text}, which --fail-on ${kind} refuses` }
}

/** What of a plan a pipeline does not let pass. */
export const refusedChanges = (
  changes: readonly ChangeDocument[],
  kinds: readonly FailKind[],
): readonly Diagnostic[] =>
  foldGroups(changes).flatMap((block): readonly Diagnostic[] => {
    const refusal = refusalOf(block, kinds)
    const source = block.changes.find((one) => one.source !== null)?.source
    const location = source ? { location: source } : {}
    return refusal ? [{ severity: 'error', ...refusal, ...location }] : []
  })

/** With `limit`, what `apply` would refuse for its limits is no warning. */
export const refuseLimits = (
  diagnostics: readonly Diagnostic[],
  kinds: readonly FailKind[],
): readonly Diagnostic[] =>
  diagnostics.map((one) =>
    one.code === 'limit' && kinds.includes('limit') ? { ...one, severity: 'error' } : one,
  )
