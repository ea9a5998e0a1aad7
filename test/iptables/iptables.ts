import { readFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import type { Family } from '../../src/net/addresses.ts'
import { parseSave } from '../../src/iptables/save.ts'
import { tokenize } from '../../src/iptables/tokens.ts'

export type Backend = 'nft' | 'legacy'

/** A rule to be loaded as it is written, and what must be read back. */
export interface Claim {
  readonly family: Family
  readonly table: string
  readonly written: string
  readonly read: readonly string[]
}

export interface Verdict {
  readonly claim: Claim
  /** What was read back, or why it was not loaded. */
  readonly found: readonly string[] | string
  /** This node's iptables or kernel lacks something that the rule needs. */
  readonly unknown: boolean
}

/** iptables of a backend, in a namespace of its own. */
export interface Iptables {
  /** Loads each rule into a chain of its own, in as few batches as succeed, and reads all of them back. */
  load(claims: readonly Claim[]): readonly Verdict[]
  remove(): void
}

/** The chains that rules jump to. */
const TARGET_CHAINS = ['TGT', 'a.b:c+d@e-F', '_234567890123456789012345678', '4']

/** Also a name of a port or protocol that the node's /etc has not. */
const LACKING =
  /No such file or directory|No chain\/target\/match by that name|Couldn't load (match|target)|missing kernel module|service `[a-z]|unknown protocol "[a-z]/

export const openIptables = (backend: Backend, name: string): Iptables => {
  run(['ip', 'netns', 'add', name])
  const within = (argv: readonly string[], input = ''): Result =>
    run(['nsenter', `--net=/run/netns/${name}`, ...argv], input)
  for (const set of ['s4 hash:ip', 's44 hash:ip,port', 's6 hash:ip family inet6'])
    within(['ipset', 'create', ...set.split(' ')])
  const programs = (family: Family): Programs => {
    const program = `${family === 'inet' ? 'iptables' : 'ip6tables'}-${backend}`
    return {
      restore: (text) => within([`${program}-restore`], text),
      save: (table) => within([`${program}-save`, '-t', table]).stdout,
      append: (table, rule) => within([program, '-t', table, '-A', 'TGT', ...words(rule)]),
    }
  }
  return {
    load: (claims) => loadAll(claims, programs),
    remove: () => void run(['ip', 'netns', 'delete', name]),
  }
}

interface Result {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

interface Programs {
  restore(text: string): Result
  save(table: string): string
  append(table: string, rule: string): Result
}

const run = ([program = '', ...args]: readonly string[], input = ''): Result => {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    input,
    maxBuffer: 64 << 20,
  })
  if (error) throw error
  return { code: status, stdout, stderr }
}

const words = (rule: string): readonly string[] => {
  const read = tokenize(rule)
  return read.ok ? read.tokens.map((token) => token.text) : []
}

const loadAll = (
  claims: readonly Claim[],
  programs: (family: Family) => Programs,
): readonly Verdict[] => {
  const groups = new Map<string, Claim[]>()
  for (const claim of claims) {
    const key = `${claim.family} ${claim.table}`
    groups.set(key, [...(groups.get(key) ?? []), claim])
  }
  return [...groups.values()].flatMap((group) => load(group, programs(group[0]!.family)))
}

const declare = (chains: readonly string[]): string =>
  chains.map((chain) => `:${chain} - [0:0]\n`).join('')

/** One restore and one save; where that fails, of both halves, down to the rules that fail. */
const load = (claims: readonly Claim[], programs: Programs): readonly Verdict[] => {
  const table = claims[0]?.table ?? 'filter'
  const chains = declare(claims.map((_, index) => `R${index}`))
  const rules = claims.map(({ written }, index) => `-A R${index} ${written}\n`).join('')
  const text = `*${table}\n${declare(TARGET_CHAINS)}${chains}${rules}COMMIT\n`
  const loaded = programs.restore(text)
  if (loaded.code === 0) {
    const saved = parseSave(programs.save(table)).get(table)
    return claims.map((claim, index) => ({
      claim,
      found: saved?.get(`R${index}`)?.rules ?? [],
      unknown: false,
    }))
  }
  if (claims.length > 1) {
    const half = claims.length >> 1
    return [...load(claims.slice(0, half), programs), ...load(claims.slice(half), programs)]
  }
  return claims.map((claim) => refused(claim, loaded.stderr, programs))
}

// In a user namespace most users have no number, and the kernel refuses rules about them (xt_owner.c).
const knowsAllUsers = /^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'utf8'))

const namesUser = ({ written }: Claim): boolean => /--[ug]id-owner/.test(written)

/** iptables-legacy-restore does not say why; iptables-legacy does. */
const refused = (claim: Claim, message: string, programs: Programs): Verdict => {
  const reason = `${message.trim()}; ${programs.append(claim.table, claim.written).stderr.trim()}`
  const unknown = LACKING.test(reason) || (!knowsAllUsers && namesUser(claim))
  return { claim, found: reason, unknown }
}

/** Rules that were read back otherwise than claimed, for a person to read. */
export const disagreements = (verdicts: readonly Verdict[]): readonly string[] =>
  verdicts
    .filter(({ claim, found, unknown }) => !unknown && !same(claim.read, found))
    .map(
      ({ claim, found }) =>
        `${claim.family} ${claim.table}: ${claim.written}\n  claimed ${claim.read.join(' || ')}\n` +
        `  found   ${typeof found === 'string' ? found : found.join(' || ')}`,
    )

const same = (read: readonly string[], found: readonly string[] | string): boolean =>
  typeof found !== 'string' && read.join('\n') === found.join('\n')

export const lacking = (verdicts: readonly Verdict[]): readonly string[] =>
  verdicts
    .filter(({ unknown }) => unknown)
    .map(({ claim, found }) => `${claim.family} ${claim.table}: ${claim.written}: ${String(found)}`)
