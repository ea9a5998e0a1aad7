import pLimit from 'p-limit'
import { startResponder } from '../kernel/responders.ts'
import type { Responder } from '../kernel/responders.ts'
import type { Deaf } from '../rehearsal/checks.ts'
import type { Target } from '../rehearsal/targets.ts'

/** Programs that start at the same time. */
const atATime = 4

interface Place {
  readonly targets: readonly Target[]
  readonly responder: Responder
}

const deafIn = ({ targets, responder }: Place): readonly Deaf[] =>
  targets.flatMap((target, index) => {
    const why = responder.refusals[index] ?? null
    return why === null ? [] : [{ target, why }]
  })

/**
 * Has stand-ins listen, a program in each namespace, as long as `use` takes: whoever is in a namespace keeps it, when
 * it is to go.
 *
 * @param use is told where nobody can listen
 */
export const withResponders = async <T>(
  placed: ReadonlyMap<string, readonly Target[]>,
  netnsOf: (namespace: string) => string | undefined,
  use: (deaf: readonly Deaf[]) => Promise<T>,
): Promise<T> => {
  const limit = pLimit(atATime)
  const start = async ([place, targets]: [string, readonly Target[]]): Promise<Place> => ({
    targets,
    responder: await startResponder(netnsOf(place), targets),
  })
  const places = await Promise.all([...placed].map((one) => limit(start, one)))
  try {
    return await use(places.flatMap(deafIn))
  } finally {
    await Promise.all(places.map(({ responder }) => responder.close()))
  }
}
