import type { Plan } from '../plan/plan.ts'
import type { Resource } from '../resources/kind.ts'
import { findCarriers, roles } from './carriers.ts'
import type { Role } from './carriers.ts'
import { takesAway } from './losses.ts'
import { makeScene } from './scene.ts'
import { parseSshConnection } from './ssh.ts'
import { takesOver } from './takeover.ts'
import { findWays } from './ways.ts'

export interface LockoutOptions {
  /** $SSH_CONNECTION of who is at work on the node, if by SSH. */
  readonly sshConnection?: string | undefined
}

/** What an object is to each way: the role that says the most. */
type Parts = Map<string, Role>

const note = (all: Map<string, Parts>, identity: string, what: string, role: Role): void => {
  const parts = all.get(identity) ?? new Map<string, Role>()
  all.set(identity, parts)
  const known = parts.get(what)
  if (known === undefined || roles.indexOf(role) < roles.indexOf(known)) parts.set(what, role)
}

/** "is the default route and carries the SSH session from 10.1.0.7" */
const sentenceOf = (parts: Parts): string =>
  roles
    .flatMap((role) => {
      const whats = [...parts].filter(([, own]) => own === role).map(([what]) => what)
      return whats.length === 0 ? [] : [`${role} ${whats.join(' and ')}`]
    })
    .join(' and ')

/** By identity, why a change may end what people come to the node by: the default routes, their SSH session. */
const findLockouts = (
  { changes }: Pick<Plan, 'changes'>,
  observed: readonly Resource[],
  { sshConnection }: LockoutOptions,
): ReadonlyMap<string, string> => {
  const scene = makeScene(observed)
  const lost = new Set(changes.filter(takesAway).map(({ identity }) => identity))
  const found = new Map<string, Parts>()
  for (const way of findWays(scene, parseSshConnection(sshConnection))) {
    for (const { identities, role } of findCarriers(way, scene)) {
      if (!identities.every((identity) => lost.has(identity))) continue
      for (const identity of identities) note(found, identity, way.what, role)
    }
    for (const change of changes)
      if (takesOver(change, way)) note(found, change.identity, way.what, 'takes over')
  }
  return new Map([...found].map(([identity, parts]) => [identity, sentenceOf(parts)]))
}

/** A plan whose changes say what they may end. */
export const markLockouts = (
  plan: Plan,
  observed: readonly Resource[],
  options: LockoutOptions,
): Plan => {
  if (plan.changes.length === 0) return plan
  const lockouts = findLockouts(plan, observed, options)
  const changes = plan.changes.map((change) => {
    const lockout = lockouts.get(change.identity)
    return lockout === undefined ? change : { ...change, lockout }
  })
  return { ...plan, changes }
}
