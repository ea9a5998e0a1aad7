/** How much of what is there may be deleted or replaced at once: a share of it, or so many objects. */
export type MaxDelete = { readonly share: number } | { readonly count: number }

/** A share of fewer objects than these is taken of these: of four objects one is a quarter, and a pod has five. */
const few = 20

/** "25%", "12"; undefined where it is neither. */
export const parseMaxDelete = (text: string): MaxDelete | undefined => {
  const [, amount = '', percent] = /^(\d{1,9})(%?)$/.exec(text) ?? []
  if (amount === '') return undefined
  if (percent === '') return { count: Number(amount) }
  return Number(amount) <= 100 ? { share: Number(amount) / 100 } : undefined
}

/** What a plan takes away, of what the owner has. */
export interface Damage {
  readonly deleted: number
  readonly owned: number
}

export const damageOf = (
  changes: readonly { readonly action: string }[],
  desired: number,
): Damage => {
  const count = (...actions: readonly string[]): number =>
    changes.filter(({ action }) => actions.includes(action)).length
  const gone = count('delete')
  return { deleted: gone + count('replace'), owned: desired - count('create') + gone }
}

/** Why a plan is held back; undefined: it is not. */
export const findExcess = (max: MaxDelete, { deleted, owned }: Damage): string | undefined => {
  const allowed = 'count' in max ? max.count : Math.floor(max.share * Math.max(few, owned))
  if (deleted <= allowed) return undefined
  return (
    `it would delete or replace ${String(deleted)} of ${String(owned)} objects, and ${String(allowed)} may be: ` +
    'netplan apply does it by hand, --max-delete allows it'
  )
}
