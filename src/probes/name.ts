import type { ProbeKind } from './probe.ts'
import { probeKinds } from './probe.ts'

/** An entry of `checks`, as far as its name is made of it. */
export type Named = Readonly<Partial<Record<ProbeKind, string>>> & {
  readonly name?: string
  readonly from?: string
  readonly server?: string
  readonly type?: string
  readonly expect?: string
}

/** The keys of a check that say what is tried: one, where it is as it should be. */
export const kindsOf = (check: Named): readonly ProbeKind[] =>
  probeKinds.filter((kind) => check[kind] !== undefined)

const targetOf = (check: Named, kind: ProbeKind): string => {
  if (kind === 'http') return check.http ?? ''
  if (kind !== 'dns') return `${kind} ${check[kind] ?? ''}`
  const type = check.type === undefined ? '' : ` ${check.type}`
  return `dns ${check.dns ?? ''}${type} by ${check.server ?? ''}`
}

/** What a check is called: by its own name, or by what it does: "ping 10.0.2.2 from pod1". */
export const nameOf = (check: Named): string => {
  if (check.name !== undefined) return check.name
  const [kind = 'ping'] = kindsOf(check)
  const refusal = check.expect === 'failure' ? 'no ' : ''
  const place = check.from === undefined ? '' : ` from ${check.from}`
  return `${refusal}${targetOf(check, kind)}${place}`
}
