import type { Config } from '../config/config.ts'
import type { Path } from '../config/located.ts'

/** What is not in the file, and why. */
export interface Omission {
  readonly what: string
  readonly why: string
}

/** Something that is to be said behind a value of the file. */
export interface Remark {
  readonly path: Path
  readonly text: string
}

/** A file to be. */
export interface Draft {
  readonly config: Config
  readonly omissions: readonly Omission[]
  readonly remarks: readonly Remark[]
  /** The owner has services, which are not in the file: a plan of it would delete them. */
  readonly lacksServices: boolean
  /** What rules of others would be, if they were the file's. */
  readonly theirs: Pick<Config, 'forwarding' | 'masquerade' | 'iptables'>
}

/** Several entries, and what is not among them. */
export interface Entries<T> {
  readonly entries: readonly T[]
  readonly omissions: readonly Omission[]
}

export const gather = <T>(all: readonly Entries<T>[]): Entries<T> => ({
  entries: all.flatMap(({ entries }) => entries),
  omissions: all.flatMap(({ omissions }) => omissions),
})

export const entry = <T>(one: T): Entries<T> => ({ entries: [one], omissions: [] })

export const omit = <T>(what: string, why: string | undefined): Entries<T> => ({
  entries: [],
  omissions: why === undefined ? [] : [{ what, why }],
})

type Defined<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K]
} & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

/** Without what is undefined or an empty list. */
export const defined = <T extends object>(section: T): Defined<T> =>
  Object.fromEntries(
    Object.entries(section).filter(
      ([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0),
    ),
  ) as Defined<T>
