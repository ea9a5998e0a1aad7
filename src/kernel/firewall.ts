import type { Backend, Firewall, Programs } from '../iptables/restore.ts'
import { programName } from '../iptables/restore.ts'
import { parseSave } from '../iptables/save.ts'
import type { SavedTable } from '../iptables/save.ts'
import type { Family } from '../net/addresses.ts'
import type { Answers, Site } from './answers.ts'
import { liveAnswers } from './live.ts'
import { NodeError } from './namespaces.ts'
import { StartError } from './run.ts'
import type { Outcome } from './run.ts'

type Tables = Firewall['tables']

/** Runs a program; undefined where there is none of this name. */
const tryRun = async (
  { answers, netns }: Site,
  argv: readonly string[],
): Promise<Outcome | undefined> => {
  try {
    return await answers.run({ argv, netns })
  } catch (error) {
    if (error instanceof StartError && error.code === 'ENOENT') return undefined
    throw error
  }
}

const refused = (program: string, { code, stderr }: Outcome): NodeError => {
  const denied = /permission denied|not permitted/i.test(stderr)
  const message = `${program} failed (${String(code)}): ${stderr.trim()}`
  return new NodeError(message, denied ? 'EPERM' : 'EIO')
}

type Families = readonly Family[]

const both: Families = ['inet', 'inet6']

type Asked = Site & { readonly families?: Families | undefined }

/** The rules of one backend; undefined where its programs are missing. */
const readTables = async (
  programs: Programs,
  { families = both, ...site }: Asked,
): Promise<Tables | undefined> => {
  const read = async (family: Family): Promise<Tables['inet'] | undefined> => {
    if (!families.includes(family)) return new Map()
    const program = programName(family, programs, 'save')
    const outcome = await tryRun(site, [program])
    if (outcome && outcome.code !== 0) throw refused(program, outcome)
    return outcome && parseSave(outcome.stdout)
  }
  const [inet, inet6] = await Promise.all([read('inet'), read('inet6')])
  return inet && inet6 ? { inet, inet6 } : undefined
}

/** Whether the legacy engine has a table in this namespace: it makes one when first asked for it. */
const hasLegacy = async ({ answers, netns }: Site): Promise<boolean> => {
  const files = ['/proc/net/ip_tables_names', '/proc/net/ip6_tables_names']
  const { stdout } = await answers.run({ argv: ['cat', ...files], netns })
  return stdout.trim() !== ''
}

const some = (
  tables: Tables | undefined,
  test: (name: string, rules: number) => boolean,
): boolean =>
  tables !== undefined &&
  [tables.inet, tables.inet6].some((family) =>
    [...family.values()].some((table: SavedTable) =>
      [...table.values()].some(({ name, rules }) => test(name, rules.length)),
    ),
  )

const anyOwner = /^NP\d+-/

const hasOurs = (tables: Tables | undefined, prefix: string | undefined): boolean =>
  some(tables, (name) => (prefix === undefined ? anyOwner.test(name) : name.startsWith(prefix)))
const hasRules = (tables: Tables | undefined): boolean => some(tables, (_, rules) => rules > 0)

/** What the system calls `iptables`. */
export const systemBackend = async (site: Site): Promise<Backend> => {
  const version = await tryRun(site, ['iptables', '-V'])
  return version?.stdout.includes('legacy') === true ? 'legacy' : 'nft'
}

type Both = Readonly<Partial<Record<Backend, Tables>>>

const bothRefused =
  'there are chains of ours in both nft and legacy iptables, and every packet meets both: ' +
  '--iptables nft, or legacy, keeps those of one and removes the others'

/** Where our chains are; else what is in use here; else what the system takes. */
const choose = async (found: Both, options: SiteOptions): Promise<Backend> => {
  const { clears, prefix } = options
  const { nft, legacy } = found
  const ours = (tables: Tables | undefined): boolean => hasOurs(tables, prefix)
  if (ours(nft) && ours(legacy)) {
    if (clears) return 'nft'
    throw new NodeError(bothRefused, 'EEXIST')
  }
  for (const has of [ours, hasRules]) {
    if (has(nft) !== has(legacy)) return has(nft) ? 'nft' : 'legacy'
  }
  if (!nft || !legacy) return nft ? 'nft' : legacy ? 'legacy' : systemBackend(options)
  return systemBackend(options)
}

const empty: Tables = { inet: new Map(), inet6: new Map() }

/** A system whose programs have no names by backend: what `iptables` is, is what there is. */
const readPlain = async (site: Asked): Promise<Firewall | undefined> => {
  const backend = await systemBackend(site)
  const tables = await readTables({ backend, plain: true }, site)
  return tables && { backend, plain: true, tables }
}

interface FirewallOptions {
  /** Who is asked; default the running kernel. */
  readonly answers?: Answers | undefined
  /** The file of the namespace to read; undefined is the caller's own. */
  readonly netns: string | undefined
  /** The backend that the caller asks for; undefined: the one in use. */
  readonly backend: Backend | undefined
  /** What is ours is to go: then it may be in both. */
  readonly clears: boolean
  /** What the names of our chains begin with; undefined: those of any owner. */
  readonly prefix?: string | undefined
  /** Those that it is about: of others it has no rules, as read; default both. */
  readonly families?: Families | undefined
}

type SiteOptions = Omit<FirewallOptions, 'answers'> & Site

const otherOf = (backend: Backend): Backend => (backend === 'nft' ? 'legacy' : 'nft')

const firewallOf = (backend: Backend, found: Both, prefix: string | undefined): Firewall => {
  const other = otherOf(backend)
  const others = found[other]
  // Nothing has been asked of a backend that is not there yet, so that there is nothing to read.
  const firewall = { backend, plain: false, tables: found[backend] ?? empty }
  return others && hasOurs(others, prefix)
    ? { ...firewall, other: { backend: other, plain: false, tables: others } }
    : firewall
}

/** What the two backends have; legacy is asked only where it was ever used, or is wanted. */
const readBoth = async (options: SiteOptions): Promise<Both> => {
  const [nft, used] = await Promise.all([
    readTables({ backend: 'nft', plain: false }, options),
    hasLegacy(options),
  ])
  const wanted = used || options.backend === 'legacy'
  const legacy = wanted ? await readTables({ backend: 'legacy', plain: false }, options) : undefined
  return { ...(nft ? { nft } : {}), ...(legacy ? { legacy } : {}) }
}

/**
 * The rules of a namespace, in the backend that is in use there.
 *
 * @returns undefined where iptables, or the backend that is asked for, is not installed
 * @throws NodeError where they cannot be read, or where both backends have rules of ours
 */
export const readFirewall = async ({
  answers = liveAnswers,
  ...rest
}: FirewallOptions): Promise<Firewall | undefined> => {
  const options = { ...rest, answers }
  const { backend, prefix } = options
  const found = await readBoth(options)
  if (backend) return found[backend] && firewallOf(backend, found, prefix)
  const plain = found.nft ? undefined : await readPlain(options)
  if (plain) return plain
  return (found.nft ?? found.legacy)
    ? firewallOf(await choose(found, options), found, prefix)
    : undefined
}
