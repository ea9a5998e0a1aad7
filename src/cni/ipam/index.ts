import type { Configuration } from '../configuration.ts'
import { codes, CniError } from '../errors.ts'
import type { Environment } from '../environment.ts'
import { afterwards } from '../explain.ts'
import { noResult } from '../result.ts'
import type { Result } from '../result.ts'
import { allocate, hasRoom, release } from './allocate.ts'
import { delegate, resultOf } from './delegate.ts'
import { openStore } from './store.ts'
import type { Holder } from './store.ts'

/** What gives addresses to a network's attachments, and takes them back. */
export interface Addressing {
  add(): Promise<Result>
  /** That there is nothing to take back is fine. */
  del(): Promise<void>
  /** @throws CniError where what was given is not held any more */
  check(): Promise<void>
  /** Takes back what nobody of those that are left holds. */
  gc(isValid: (holder: Holder) => boolean): Promise<void>
  /** @throws CniError where an address cannot be had */
  status(): Promise<void>
}

const nothing = (): Promise<void> => Promise.resolve()

const nobody: Addressing = {
  add: () => Promise.resolve(noResult),
  ...{ del: nothing, check: nothing, gc: nothing, status: nothing },
}

const readGiven = (type: string, printed: string): Result => {
  const result = resultOf(type, printed)
  if (result.ips.length > 0) return result
  throw new CniError(codes.failed, `the IPAM plugin ${type} gave no address`)
}

const byPlugin = (type: string, environment: Environment, json: string): Addressing => {
  const ask = (command: Environment['command']): Promise<string> =>
    delegate(type, { ...environment, command }, json)
  const tell = (command: Environment['command']) => async (): Promise<void> => {
    await ask(command)
  }
  return {
    add: async () => {
      const printed = await ask('ADD')
      try {
        return readGiven(type, printed)
      } catch (error) {
        // It thinks that it has given something.
        throw await afterwards(error, tell('DEL'))
      }
    },
    ...{ del: tell('DEL'), check: tell('CHECK'), gc: tell('GC'), status: tell('STATUS') },
  }
}

const byRanges = (
  { ipam, name, requested }: Configuration,
  { containerId, ifname }: Environment,
): Addressing => {
  if (ipam.by !== 'ranges') return nobody
  const { ranges, routes, reserved, dataDir, dns } = ipam
  const store = openStore(dataDir, name)
  const pool = { store, reserved }
  const isOurs = (holder: Holder): boolean =>
    holder.containerId === containerId && holder.ifname === ifname
  return {
    add: async () => {
      const ips = await allocate(ranges, requested, pool, { containerId, ifname })
      return { ...noResult, ips, routes, dns }
    },
    del: () => release(store, isOurs),
    check: async () => {
      if ([...(await store.list()).values()].some(isOurs)) return
      throw new CniError(codes.differs, `no address is held for ${containerId} ${ifname}`)
    },
    gc: async (isValid) => {
      await release(store, (holder) => !isValid(holder))
      await store.tidy()
    },
    status: async () => {
      if (!(await hasRoom(ranges, pool)))
        throw new CniError(codes.notAvailable, `no address is left in network ${name}`)
    },
  }
}

export const openAddressing = (
  configuration: Configuration,
  environment: Environment,
): Addressing => {
  const { ipam, json } = configuration
  switch (ipam.by) {
    case 'nobody':
      return nobody
    case 'plugin':
      return byPlugin(ipam.type, environment, json)
    case 'ranges':
      return byRanges(configuration, environment)
  }
}
