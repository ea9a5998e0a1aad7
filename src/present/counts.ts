import type { Summary } from './document.ts'

/** "1 node", "2 nodes" */
export const plural = (count: number, noun: string): string =>
  `${String(count)} ${noun}${count === 1 ? '' : 's'}`

/** What a plan comes to, as every format says it. */
export const countsText = ({ create, update, replace, delete: gone }: Summary): string =>
  `${String(create)} to add, ${String(update)} to change, ` +
  `${String(replace)} to replace, ${String(gone)} to destroy`
