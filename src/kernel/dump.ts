import type { Site } from './answers.ts'
import { parseLines } from './ip.ts'
import type { IpDump, IpLink, IpNeighbor, IpRoute, IpRule, NamespaceId } from './ip.ts'
import { NodeError } from './namespaces.ts'

/** Runs a program that has to succeed. */
export const read = async (
  { answers, netns }: Site,
  argv: readonly string[],
  stdin?: string,
): Promise<string> => {
  const question = stdin === undefined ? { argv, netns } : { argv, netns, stdin }
  const { code, stdout, stderr } = await answers.run(question)
  if (code === 0) return stdout
  const where = netns === undefined ? '' : ` in ${netns}`
  const denied = /not permitted|denied/i.test(stderr)
  throw new NodeError(
    `${argv.join(' ')}${where} failed (${String(code)}): ${stderr.trim()}`,
    denied ? 'EPERM' : 'EIO',
  )
}

// `addr` holds the links too. Unfiltered dumps only: a filter hides the filtered key (N-04).
// `-N` because names of tables and protocols depend on files (N-06).
const lines = [
  'addr show',
  'route show table all',
  'rule show',
  'neigh show',
  'neigh show proxy',
] as const

// It opens each name below /run/netns, twice: asked in each namespace it costs their square.
const idLine = 'netns list-id'

/** What one namespace's `ip` reads give, and the numbers that it has for others, where they were asked along. */
export interface Dump {
  readonly ip: IpDump
  readonly ids?: readonly NamespaceId[] | undefined
}

/** @param hasIds whether to ask for the numbers, too: they stand behind the links, for looking at these makes them */
export const readDump = async (site: Site, hasIds: boolean): Promise<Dump> => {
  const asked = hasIds ? [...lines, idLine] : lines
  const batch = await read(site, ['ip', '-j', '-N', '-d', '-batch', '-'], `${asked.join('\n')}\n`)
  // In a snapshot of an older netplan the numbers are there, asked for or not.
  const [links, routes, rules, neighbors, proxies, ids] = parseLines(batch)
  const ip: IpDump = {
    links: links as IpLink[],
    routes: routes as IpRoute[],
    rules: rules as IpRule[],
    neighbors: neighbors as IpNeighbor[],
    proxies: proxies as IpNeighbor[],
  }
  return { ip, ids: ids as NamespaceId[] | undefined }
}

/** The policy rules of IPv6: in a batch, `rule show` is about IPv4 alone. */
export const readRules6 = async (site: Site): Promise<readonly IpRule[]> =>
  (parseLines(await read(site, ['ip', '-6', '-j', '-N', '-d', 'rule', 'show']))[0] ??
    []) as IpRule[]

/** The numbers alone. */
export const readIds = async (site: Site): Promise<readonly NamespaceId[]> =>
  (parseLines(await read(site, ['ip', '-j', ...idLine.split(' ')]))[0] ?? []) as NamespaceId[]
