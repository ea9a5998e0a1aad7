import type { Family } from '../../../src/net/addresses.ts'

/** A way of writing a rule, and what iptables-save makes of it. */
export interface Form {
  readonly table: string
  readonly family: Family
  readonly written: string
  readonly read: readonly string[]
  /** iptables-restore takes it as it is written. */
  readonly loads: boolean
}

const LINE = /^(.*?) ?(=>|~>|=)(?: (.*))?$/

const form = (table: string, family: Family, line: string): Form => {
  const [, written = '', sign, read = ''] = LINE.exec(line) ?? []
  const text = sign === '=' ? written : read
  return { table, family, written, read: text.split(' || '), loads: sign !== '~>' }
}

/**
 * One form a line: `WRITTEN => READ BACK`; `WRITTEN =` is read back as it is written, and of
 * `WRITTEN ~> READ BACK` iptables-restore loads only the second. `||` stands between several rules.
 */
export const forms = (table: string, family: Family | 'both', text: string): readonly Form[] => {
  const families: readonly Family[] = family === 'both' ? ['inet', 'inet6'] : [family]
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  return lines.flatMap((line) => families.map((one) => form(table, one, line)))
}
