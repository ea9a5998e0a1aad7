import type { Family } from '../net/addresses.ts'

/** What the meaning of a value may hang on. */
export interface Context {
  readonly family: Family
  /** As iptables-save prints it; undefined: any, or all but one. */
  readonly protocol: string | undefined
  /** The matches before it, as they are printed. */
  readonly matches: string
}

/** For values whose meaning hangs on nothing. */
export const NO_CONTEXT: Context = { family: 'inet', protocol: undefined, matches: '' }

/** How a word is read, and what iptables-save makes of it. */
export interface Value {
  /** Ends the sentence "... is not": 'a port, as 80'. */
  readonly expects: string
  /** The word as it is printed back; '' prints no option at all, undefined refuses. */
  read(word: string, context: Context, negated: boolean): string | undefined
}

/** An option of a match or a target. */
export interface Option {
  /** As it is printed, without its dashes. */
  readonly name: string
  readonly values: readonly Value[]
  /** May be preceded by `!`. */
  readonly negatable?: boolean
  /** Printed as another option: --set-mark as --set-xmark. */
  readonly writes?: string
  /** Negated, it is printed as this option without `!`. */
  readonly opposite?: string
  /** What stands behind it in print, where it takes no value itself. */
  readonly constant?: string
}

/** What was given of an extension's options, by printed name. Finishing touches may change it. */
export type Given = Map<string, { readonly negated: boolean; readonly text: string }>

/** A match or a target, as data. */
export interface Extension {
  readonly name: string
  readonly aliases?: readonly string[]
  /** The one family that knows it. */
  readonly family?: Family
  /** In the order in which iptables-save prints them, whatever order they were written in. */
  readonly options: readonly Option[]
  /** Of each group, at least one is needed. Printed names. */
  readonly needs?: readonly (readonly string[])[]
  /** Of each group, only one is allowed. */
  readonly excludes?: readonly (readonly string[])[]
  /** Options that make sense only beside another: [option, needed]. */
  readonly beside?: readonly (readonly [string, string])[]
  /** It needs `-p` with one of these. */
  readonly protocols?: readonly string[]
  /** It may stand in a rule only once. */
  readonly once?: boolean
  /** What is printed for options that were not given. */
  readonly defaults?: Readonly<Record<string, string | ((context: Context) => string)>>
  /** Rules between options. Answers why it is refused; undefined: it is not. */
  readonly finish?: (given: Given, context: Context) => string | undefined
}

/** An option with one value. */
export const option = (name: string, value: Value, more: Partial<Option> = {}): Option => ({
  name,
  values: [value],
  ...more,
})

/** An option without a value. */
export const flag = (name: string, more: Partial<Option> = {}): Option => ({
  name,
  values: [],
  ...more,
})

/** An option with one value that may be preceded by `!`. */
export const negatable = (name: string, value: Value): Option =>
  option(name, value, { negatable: true })

/** Another name of an option. */
export const alias = (name: string, of: Option): Option => ({
  ...of,
  name,
  writes: of.writes ?? of.name,
})
