import type { SourceEvent, Subscription } from './source.ts'

/** Tells of several ways as of one, which is there where all of them are. */
export const tellTogether = (
  tell: Subscription['tell'],
  total: number,
): ((way: unknown, event: SourceEvent) => void) => {
  const there = new Set<unknown>()
  return (way, event) => {
    const wasThere = there.size === total
    if (event.kind === 'connected') there.add(way)
    if (event.kind === 'disconnected') there.delete(way)
    if (event.kind !== 'connected' || (!wasThere && there.size === total)) tell(event)
  }
}
