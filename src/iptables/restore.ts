import type { Family } from '../net/addresses.ts'
import type { SavedTable } from './save.ts'

/** The two engines below one syntax: their rule sets know nothing of each other. */
export type Backend = 'nft' | 'legacy'

/** What a network namespace has of rules, in the engine that is in use there. */
export interface Firewall {
  readonly backend: Backend
  /** Without `-nft-` or `-legacy-`, where the system's programs have no such names. */
  readonly plain: boolean
  readonly tables: Readonly<Record<Family, ReadonlyMap<string, SavedTable>>>
  /** The other engine, where it has chains of ours, which are to go. */
  readonly other?: Omit<Firewall, 'other'>
}

export type Programs = Pick<Firewall, 'backend' | 'plain'>

/** The name of a program of a backend, as `ip6tables-nft-restore`. */
export const programName = (
  family: Family,
  { backend, plain }: Programs,
  verb: 'restore' | 'save',
): string => `${family === 'inet' ? 'iptables' : 'ip6tables'}${plain ? '' : `-${backend}`}-${verb}`

// -w: legacy has one lock for the whole machine. --noflush: what is not mentioned stays.
const lockSeconds = 5

/** How edits of rules are fed to the kernel: one process takes any number of them. */
export const restoreCommand = (family: Family, programs: Programs): readonly string[] => [
  programName(family, programs, 'restore'),
  ...['--noflush', '-w', String(lockSeconds)],
]

/** Whether this is such a command. */
export const isRestore = ([program = '']: readonly string[]): boolean =>
  /^ip6?tables(-nft|-legacy)?-restore$/.test(program)

/** How many edits were committed with the tables before the one that has this line, from 1. */
export const committedBefore = ({ edits, commits }: Merged, line: number): number => {
  const end = commits.findLast((commit) => commit < line - 1) ?? -1
  return new Set(edits.slice(0, end + 1)).size
}

const block = (table: string, lines: readonly string[]): string =>
  `*${table}\n${lines.map((line) => `${line}\n`).join('')}COMMIT\n`

/** Makes a chain of one's own what it is to be: a chain that is declared is made, or emptied. */
export const writeChain = (table: string, chain: string, rules: readonly string[]): string =>
  block(table, [`:${chain} - [0:0]`, ...rules.map((rule) => `-A ${chain} ${rule}`.trimEnd())])

/** Emptied first: a chain with rules cannot be deleted. */
export const deleteChain = (table: string, chain: string): string =>
  block(table, [`:${chain} - [0:0]`, `-X ${chain}`])

/** Takes rules out of a built-in chain, and puts others in. Such a chain is never declared (N-77). */
export const editBuiltIn = (
  table: string,
  chain: string,
  { remove, insert }: { readonly remove: readonly string[]; readonly insert: readonly string[] },
): string =>
  block(table, [
    ...remove.map((rule) => `-D ${chain} ${rule}`),
    ...insert.map((place) => `-${place}`),
  ])

/** The time of iptables-nft-restore 1.8 grows with the square of the chains that it is given at once. */
const mostOfNft = 1000

/** How many edits one process is best given. Legacy copies the whole table each time. */
export const mostEdits = ([program = '']: readonly string[]): number =>
  program.includes('nft') ? mostOfNft : Infinity

// The packets of a new rule are accepted before the next table changes their way.
const tableOrder = ['raw', 'mangle', 'filter', 'nat']

/** Edits in one text, and which of them each line of it is of. */
export interface Merged {
  readonly text: string
  /** By line, from 0. A line that is no one's, as COMMIT, has that of the line before. */
  readonly edits: readonly number[]
  /** The lines, from 0, that commit a table. */
  readonly commits: readonly number[]
}

interface Body {
  readonly declared: Set<string>
  readonly declarations: (readonly [string, number])[]
  readonly edits: (readonly [string, number])[]
  readonly deletions: (readonly [string, number])[]
}

const sortLine = (body: Body, line: string, edit: number): void => {
  if (line.startsWith(':')) {
    if (body.declared.has(line)) return
    body.declared.add(line)
    body.declarations.push([line, edit])
  } else if (line.startsWith('-X')) body.deletions.push([line, edit])
  else body.edits.push([line, edit])
}

const readBodies = (texts: readonly string[]): ReadonlyMap<string, Body> => {
  const bodies = new Map<string, Body>()
  texts.forEach((text, edit) => {
    const [head = '', ...lines] = text.split('\n')
    const table = head.slice(1)
    const body = bodies.get(table) ?? {
      declared: new Set(),
      declarations: [],
      edits: [],
      deletions: [],
    }
    bodies.set(table, body)
    for (const line of lines) if (line !== '' && line !== 'COMMIT') sortLine(body, line, edit)
  })
  return bodies
}

/**
 * One text that does what several do, table by table: each table is committed at once, or not at all.
 * Chains are declared before any rule leads to them, and deleted when none does any more.
 */
export const mergeRestores = (texts: readonly string[]): Merged => {
  const bodies = readBodies(texts)
  const lines: string[] = []
  const edits: number[] = []
  const commits: number[] = []
  const add = (line: string, edit: number): void => {
    lines.push(line)
    edits.push(edit)
  }
  for (const table of tableOrder) {
    const body = bodies.get(table)
    if (!body) continue
    const all = [...body.declarations, ...body.edits, ...body.deletions]
    add(`*${table}`, all[0]?.[1] ?? 0)
    for (const [line, edit] of all) add(line, edit)
    commits.push(lines.length)
    add('COMMIT', all.at(-1)?.[1] ?? 0)
  }
  return { text: lines.map((line) => `${line}\n`).join(''), edits, commits }
}
