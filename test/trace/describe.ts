import type { Trace } from './trace.ts'

const where = ({ address, port }: Trace['source']): string =>
  `${address ?? '?'}${port === undefined ? '' : ` port ${port}`}`

/** A trace in lines, for a person who wants to know why. */
export const describe = (one: Trace): string =>
  [
    `${[one.verdict, one.rejectWith].filter(Boolean).join(' ')}${one.by ? ` by ${one.by}` : ''}`,
    `  from ${where(one.source)}${one.masqueraded ? ' (masqueraded)' : ''} to ${where(one.destination)}` +
      `, out ${one.route?.out ?? '?'}, mark 0x${one.mark.toString(16)}`,
    `  through ${one.path.join(', ')}`,
    ...one.matched.map((text) => `  matched ${text}`),
    `  ${one.evaluated} rules looked at`,
  ].join('\n')
