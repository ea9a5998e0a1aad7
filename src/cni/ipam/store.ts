import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from '../../kernel/files.ts'
import { isAddress } from '../../net/addresses.ts'
import { isNothingThere } from '../errors.ts'

/** Whose an address is. */
export interface Holder {
  readonly containerId: string
  readonly ifname: string
}

/**
 * The addresses of a network that are given away: a file for each, named by it, with its holder in it, as host-local
 * (plugins/ipam/host-local/backend/disk) has them, so that either can read the other.
 */
export interface Store {
  /** Addresses that are given away, with whom they are given to. */
  list(): Promise<ReadonlyMap<string, Holder>>
  /** Names alone: quicker. */
  names(): Promise<ReadonlySet<string>>
  /** Gives an address to somebody. @returns false: somebody else has it */
  take(address: string, holder: Holder): Promise<boolean>
  release(address: string): Promise<void>
  /** The address that was given last of a set of ranges, by its index. What host-local was killed writing is none. */
  last(set: number): Promise<string | undefined>
  remember(set: number, address: string): Promise<void>
  /** Takes away what was left of programs that were killed. Only where nobody else is at work. */
  tidy(): Promise<void>
}

const draftName = /^\.[0-9a-f]{16}$/

const format = ({ containerId, ifname }: Holder): string => `${containerId}\r\n${ifname}`

const parse = (text: string): Holder => {
  const [containerId = '', ifname = ''] = text.trim().split('\r\n')
  return { containerId, ifname }
}

const readOptional = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path)
  } catch (error) {
    if (isNothingThere(error)) return undefined
    throw error
  }
}

const namesIn = async (folder: string): Promise<readonly string[]> => {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isNothingThere(error)) return []
    throw error
  }
}

/** What else is there, as a lock of host-local, is nobody's address. */
const addressesIn = async (folder: string): Promise<readonly string[]> =>
  (await namesIn(folder)).filter(isAddress)

/** Hidden, and of nobody else: what a kill leaves behind of it holds no address. */
const draftIn = (folder: string): string => join(folder, `.${randomBytes(8).toString('hex')}`)

/**
 * A file that is there is there whole: its content is written first, and its name given to it after, which only one
 * can do (link(2)).
 */
const create = async (folder: string, name: string, text: string): Promise<boolean> => {
  const draft = draftIn(folder)
  await writeFile(draft, text, { flag: 'wx', mode: 0o644 })
  try {
    await link(draft, join(folder, name))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}

/** Replaces a file whole. */
const replace = async (folder: string, name: string, text: string): Promise<void> => {
  const draft = draftIn(folder)
  await writeFile(draft, text, { flag: 'wx', mode: 0o644 })
  await rename(draft, join(folder, name))
}

export const openStore = (dataDir: string, network: string): Store => {
  const folder = join(dataDir, network)
  return {
    names: async () => new Set(await addressesIn(folder)),
    list: async () => {
      const held = new Map<string, Holder>()
      for (const name of await addressesIn(folder)) {
        const content = await readOptional(join(folder, name))
        if (content !== undefined) held.set(name, parse(content))
      }
      return held
    },
    take: async (address, holder) => {
      await mkdir(folder, { recursive: true, mode: 0o755 })
      return create(folder, address, format(holder))
    },
    release: (address) => rm(join(folder, address), { force: true }),
    last: async (set) => {
      const text = (await readOptional(join(folder, `last_reserved_ip.${String(set)}`)))?.trim()
      return text !== undefined && isAddress(text) ? text : undefined
    },
    remember: (set, address) => replace(folder, `last_reserved_ip.${String(set)}`, address),
    tidy: async () => {
      const drafts = (await namesIn(folder)).filter((name) => draftName.test(name))
      for (const name of drafts) await rm(join(folder, name), { force: true })
    },
  }
}
