import type { RecordedOutput, Snapshot } from '../kernel/snapshot.ts'
import { parseSave } from '../iptables/save.ts'
import type { SavedTable } from '../iptables/save.ts'

/** Rules that were saved, and the program that restores them. */
export interface Save {
  readonly program: string
  readonly text: string
}

const saver = /^(ip6?tables(?:-nft|-legacy)?)-save$/

const saveOf = ({ argv, code, stdout = '' }: RecordedOutput): readonly Save[] => {
  const [, program] = saver.exec(argv[0] ?? '') ?? []
  if (program === undefined || code !== 0 || parseSave(stdout).size === 0) return []
  return [{ program: `${program}-restore`, text: stdout }]
}

/** The rules of the node, of every backend that was read. */
export const savesOf = ({ namespaces: [node] }: Snapshot): readonly Save[] =>
  (node?.outputs ?? []).flatMap(saveOf)

/** Programs that would have read rules, and were refused or are missing. */
export const unreadSaves = ({ namespaces: [node] }: Snapshot): readonly string[] =>
  (node?.outputs ?? [])
    .filter(({ argv, code }) => saver.test(argv[0] ?? '') && code !== undefined && code !== 0)
    .map(({ argv }) => argv[0] ?? '')

const chainsText = (name: string, table: SavedTable): string =>
  [
    `*${name}`,
    ...[...table.values()].map((chain) => `:${chain.name} ${chain.policy ?? '-'} [0:0]`),
    'COMMIT\n',
  ].join('\n')

/** A rule, as a text that adds it. */
export interface LooseRule {
  readonly table: string
  readonly line: string
}

/** The same rules in pieces, for where they cannot be restored whole: all chains, and each rule by itself. */
export const inPieces = ({
  text,
}: Save): { readonly chains: string; readonly rules: readonly LooseRule[] } => {
  const tables = [...parseSave(text)]
  return {
    chains: tables.map(([name, table]) => chainsText(name, table)).join(''),
    rules: tables.flatMap(([table, chains]) =>
      [...chains.values()].flatMap(({ name, rules }) =>
        rules.map((rule) => ({ table, line: `-A ${name} ${rule}` })),
      ),
    ),
  }
}

/** A text that adds rules to what is there. */
export const additionOf = (rules: readonly LooseRule[]): string =>
  rules.map(({ table, line }) => `*${table}\n${line}\nCOMMIT\n`).join('')

/** The sets that rules name, by how many parts of a packet they are asked for. */
export const setsOf = ({ text }: Save): ReadonlyMap<string, number> =>
  new Map(
    [...text.matchAll(/--match-set (\S+) (\S+)/g)].map(([, name = '', parts = '']) => [
      name,
      parts.split(',').length,
    ]),
  )
