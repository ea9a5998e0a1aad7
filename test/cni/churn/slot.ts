import { driveChain } from '../chain.ts'
import type { Driver } from '../chain.ts'
import { attachmentOf } from '../attached.ts'
import type { Attached, Site } from '../attached.ts'
import type { Pod } from '../lab.ts'
import type { Chance } from './chance.ts'
import { runDoomed } from './doomed.ts'
import type { Doom } from './doomed.ts'

/** A place for one container at a time, as a runtime has it. */
export interface Slot {
  readonly index: number
  pod: Pod
  /** How many containers there were before this one. */
  turn: number
  state: 'empty' | 'attached' | 'unsure'
  attached: Attached | undefined
}

/** What a churn knows of all its containers. */
export interface Ledger {
  readonly site: Site
  readonly chance: Chance
  /** The file of the node's lock. */
  readonly lock: string
  /** Who has an address: from the answer of the ADD to the DEL. */
  readonly owners: Map<string, string>
  /** How often what was done. */
  readonly counts: Record<string, number>
}

const count = ({ counts }: Ledger, what: string): void => {
  counts[what] = (counts[what] ?? 0) + 1
}

const idOf = ({ index, turn }: Slot): string => `slot${index}-${turn}`

const isKilled = (error: unknown): boolean => String(error).includes('exit -1')

/** Some are killed: half of them as they start, half in the middle of what they alone may do. */
const doomOf = (chance: Chance): Doom | undefined => {
  if (!chance.percent(20)) return undefined
  return chance.percent(50)
    ? { after: 'start', delay: chance.below(200) }
    : { after: 'lock', delay: chance.below(150) }
}

/** Does something once. @returns whether it came to its end */
const attempt = async <T>(
  ledger: Ledger,
  what: string,
  work: (driver: Driver) => Promise<T>,
): Promise<{ readonly done: T } | undefined> => {
  const { site, chance, lock } = ledger
  const doom = doomOf(chance)
  const { runtime, network, lab } = site
  const runner = doom ? runDoomed(lab.machine, lock, doom) : runtime.runner
  try {
    const done = await work(driveChain({ ...runtime, runner }, network))
    count(ledger, what)
    return { done }
  } catch (error) {
    if (!doom || !isKilled(error)) throw error
    count(ledger, `${what} killed`)
    return undefined
  }
}

const addressesOf = ({ result }: Attached): readonly string[] =>
  (result['ips'] as readonly { address: string }[]).map(({ address }) => address)

/** Some have a port of the node. */
const mappingsOf = (index: number): readonly object[] =>
  index % 3 === 0 ? [{ hostPort: 10_000 + index, containerPort: 80, protocol: 'tcp' }] : []

const attach = async (ledger: Ledger, slot: Slot): Promise<void> => {
  const capabilities = { portMappings: mappingsOf(slot.index) }
  const attachment = { ...attachmentOf(slot.pod, { capabilities }), containerId: idOf(slot) }
  slot.state = 'unsure'
  const answered = await attempt(ledger, 'ADD', (driver) => driver.add(attachment))
  if (!answered) return
  slot.attached = { ...attachment, pod: slot.pod, result: answered.done }
  slot.state = 'attached'
  for (const address of addressesOf(slot.attached)) {
    const other = ledger.owners.get(address)
    if (other !== undefined) throw new Error(`${address} is of ${other} and of ${idOf(slot)}`)
    ledger.owners.set(address, idOf(slot))
  }
}

const detach = async (ledger: Ledger, slot: Slot): Promise<void> => {
  const { attached, pod } = slot
  if (attached) for (const address of addressesOf(attached)) ledger.owners.delete(address)
  slot.state = 'unsure'
  slot.attached = undefined
  const attachment = { ...attachmentOf(pod), containerId: idOf(slot) }
  if (!(await attempt(ledger, 'DEL', (driver) => driver.del(attachment, attached?.result)))) return
  slot.state = 'empty'
  slot.turn++
}

/** The node has lost its container, as if it were started anew: another one is made, and the old one is left to GC. */
const abandon = (ledger: Ledger, slot: Slot): void => {
  const { lab } = ledger.site
  lab.node.ip(`netns delete ${slot.pod.netns}`)
  slot.turn++
  slot.pod = lab.pod(idOf(slot))
  slot.state = 'empty'
  count(ledger, 'abandoned')
}

/** The next thing that happens to a slot. */
export const step = async (ledger: Ledger, slot: Slot): Promise<void> => {
  switch (slot.state) {
    case 'empty':
      return attach(ledger, slot)
    case 'attached':
      return detach(ledger, slot)
    case 'unsure':
      if (ledger.chance.percent(40)) abandon(ledger, slot)
      else await detach(ledger, slot)
  }
}
