/** Addresses and when each was last seen, the one that was seen longest ago first. */
export type RecentList = Map<string, number>

/** What `ip_list_tot` of xt_recent is where nobody set it. */
const MOST_ENTRIES = 100

export interface RecentRule {
  readonly action: 'set' | 'rcheck' | 'update'
  readonly negated: boolean
  /** 0: any time. */
  readonly seconds: number
  readonly reap: boolean
}

/**
 * recent_mt of xt_recent.c. The kernel keeps the last 32 times of an address; without --hitcount the
 * last alone decides.
 */
export const matchRecent = (
  list: RecentList,
  rule: RecentRule,
  address: string,
  now: number,
): boolean => {
  const seen = list.get(address)
  if (rule.action === 'set') {
    if (seen === undefined) makeRoom(list)
    touch(list, address, now)
    return !rule.negated
  }
  // Not in the list: nothing is reaped either.
  if (seen === undefined) return rule.negated
  const oldest = now - rule.seconds * 1000
  const matches = (rule.seconds === 0 || seen >= oldest) !== rule.negated
  const updates = rule.action === 'update' && matches
  if (rule.reap) reap(list, oldest, updates ? address : undefined)
  if (updates) touch(list, address, now)
  return matches
}

/** A Map keeps the order of insertion, which makes it the list of the least recently used. */
const touch = (list: RecentList, address: string, now: number): void => {
  list.delete(address)
  list.set(address, now)
}

const makeRoom = (list: RecentList): void => {
  const [first] = list.keys()
  if (list.size >= MOST_ENTRIES && first !== undefined) list.delete(first)
}

/** One packet reaps one entry: the oldest, if it is too old. */
const reap = (list: RecentList, oldest: number, kept: string | undefined): void => {
  const [first] = list
  if (first && first[0] !== kept && first[1] < oldest) list.delete(first[0])
}
