import type { Family } from '../net/addresses.ts'
import type { Backend, Firewall, Programs } from '../iptables/restore.ts'
import type { SavedTable } from '../iptables/save.ts'

const prefix = /^NP(\d+)-/

/** What the names of an owner's chains begin with. */
export const chainPrefix = ({ id }: { readonly id: number }): string => `NP${String(id)}-`

/** The owner's number that the name of a chain carries, if it is one of ours. */
export const ownerOfChain = (name: string): number | undefined => {
  const id = prefix.exec(name)?.[1]
  return id === undefined ? undefined : Number(id)
}

/** nft(8)'s names of the families. */
export const familyWord = (family: Family): string => (family === 'inet' ? 'ip' : 'ip6')

/** How an identity names the backend that is not in use. */
export const inBackend = (elsewhere: Backend | undefined): string =>
  elsewhere === undefined ? '' : ` of ${elsewhere}`

/** One table of a family, and how it is written. */
export interface Table {
  readonly family: Family
  readonly table: string
  readonly chains: SavedTable
  readonly programs: Programs
  /** Set where it is not the backend in use: what is ours there is to go. */
  readonly elsewhere?: Backend
}

/** Every table of both families. */
export const tablesOf = ({ backend, plain, tables }: Omit<Firewall, 'other'>): readonly Table[] =>
  (['inet', 'inet6'] as const).flatMap((family) =>
    [...tables[family]].map(([table, chains]) => ({
      family,
      table,
      chains,
      programs: { backend, plain },
    })),
  )

/** Every table, those of the other backend too. */
export const allTablesOf = (firewall: Firewall): readonly Table[] => {
  const { other } = firewall
  const others = other ? tablesOf(other) : []
  return [
    ...tablesOf(firewall),
    ...others.map((table) => ({ ...table, elsewhere: table.programs.backend })),
  ]
}
