import type { Family } from '../net/addresses.ts'
import type { Firewall } from '../iptables/restore.ts'
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

/** Every table of both families. */
export const tablesOf = ({
  tables,
}: Firewall): readonly {
  readonly family: Family
  readonly table: string
  readonly chains: SavedTable
}[] =>
  (['inet', 'inet6'] as const).flatMap((family) =>
    [...tables[family]].map(([table, chains]) => ({ family, table, chains })),
  )
