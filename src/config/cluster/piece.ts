import type { Path } from '../located.ts'

/** What YAML can say. */
export type Plain =
  string | number | boolean | readonly Plain[] | { readonly [key: string]: Plain | undefined }

/** Something of a section that a cluster unfolds into, and what of the file asks for it. */
export interface Piece {
  /** Where it goes: `['bridges', 'cni0']`. Mappings are united there, and lists joined. */
  readonly path: Path
  readonly value: Plain
  /** The value that it comes from; where that is not there, what is above it. */
  readonly origin: Path
}
