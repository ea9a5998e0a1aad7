import { escapeAll } from '../net/controls.ts'
import type { PlanDocument } from './document.ts'
import type { Batch, Check, Rehearsal, Verdict } from './rehearsal-document.ts'
import type { Style } from './style.ts'
import { planText } from './text.ts'

export interface RehearsalTextOptions {
  readonly style: Style
  readonly width: number
}

const time = (milliseconds: number): string =>
  milliseconds < 1000 ? `${milliseconds.toFixed(0)} ms` : `${(milliseconds / 1000).toFixed(1)} s`

const list = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`), '']

/** The commands of a plan by their order, one line each. */
const commandsOf = ({ changes }: PlanDocument): ReadonlyMap<number, string> =>
  new Map(
    changes
      .flatMap(({ steps }) => steps)
      .map(({ order, argv, namespace }) => {
        const where = namespace === undefined ? '' : `in ${namespace}: `
        return [order, `${where}${argv.join(' ')}`]
      }),
  )

const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, width - 1)}…`

const batchLines = (
  { first, last, milliseconds }: Batch,
  commands: ReadonlyMap<number, string>,
  { style, width }: RehearsalTextOptions,
): readonly string[] => {
  const orders = Array.from({ length: last - first + 1 }, (_, index) => first + index)
  return orders.map((order) => {
    // Steps of a batch are one program: what is timed is the program.
    const took = order === last ? time(milliseconds) : ''
    const number = String(order).padStart(4)
    return `${number}  ${style('dim', took.padStart(7))}  ${cut(commands.get(order) ?? '', width - 17)}`
  })
}

const checkLine = ({ name, status, detail }: Check, style: Style, width: number): string => {
  const words = {
    passed: style('green', 'ok     '),
    failed: style('red', 'FAILED '),
    skipped: style('yellow', 'skipped'),
  }
  return `${words[status]}  ${name.padEnd(width)}  ${detail}`.trimEnd()
}

const checkLines = (checks: readonly Check[], style: Style): readonly string[] => {
  const width = Math.max(0, ...checks.map(({ name }) => name.length))
  return checks.map((one) => checkLine(one, style, width))
}

const verdictTexts: Readonly<Record<Verdict, string>> = {
  'nothing-to-do': 'The node is as described: there is nothing to apply.',
  done: 'The plan can be applied.',
  'no-plan': 'There is no plan for this node',
  refused: 'Apply would refuse this plan',
  'nothing-changed': 'Apply would fail, and change nothing',
  'rolled-back': 'Apply would fail, and be rolled back',
  'part-applied': 'Apply would fail, and not all could be rolled back',
}

/** How an apply would end, in a sentence. */
export const verdictLine = (
  { verdict, message }: Pick<Rehearsal, 'verdict' | 'message'>,
  style: Style,
): string => {
  const isGood = verdict === 'nothing-to-do' || verdict === 'done'
  const text = style(isGood ? 'green' : 'red', verdictTexts[verdict])
  return message === null ? text : `${text}: ${message}`
}

const secondLine = ({ secondPlan }: Rehearsal): readonly string[] => {
  if (secondPlan === null) return []
  if (secondPlan.length === 0) return ['The second plan is empty.']
  return [`The second plan is not empty: ${secondPlan.join(', ')}`]
}

/** What would become of a plan that is refused. */
const refusedLine = ({ refused }: Rehearsal, style: Style): readonly string[] =>
  refused ? [`If it were allowed: ${verdictLine(refused, style)}`] : []

const rollbackLines = ({ rollback }: Rehearsal): readonly string[] => {
  if (rollback === null) return []
  const { complete, differences } = rollback
  if (complete && differences.length === 0) return ['Rolled back: everything is as it was before.']
  return list('Rolled back, and not all is as it was before:', differences)
}

/** A report, for a person. */
export const rehearsalText = (found: Rehearsal, options: RehearsalTextOptions): string => {
  const rehearsal = escapeAll(found)
  const { plan, batches, leftOut, planDiffers, checks, stages } = rehearsal
  const { style, width } = options
  const commands = plan ? commandsOf(plan) : new Map<number, string>()
  const steps = batches.flatMap((batch) => batchLines(batch, commands, options))
  const lines = [
    ...list(
      'Not in the copy, or not as on the node:',
      leftOut.map(({ what, why }) => `${what}: ${why}`),
    ),
    ...list('The plan for the copy is not the one for the node:', planDiffers),
    ...list('Steps that were taken:', steps),
    ...list('Checks:', checkLines(checks, style)),
    ...secondLine(rehearsal),
    ...rollbackLines(rehearsal),
    stages.map(({ name, milliseconds }) => `${name} ${time(milliseconds)}`).join(', '),
    ...refusedLine(rehearsal, style),
    style('bold', verdictLine(rehearsal, style)),
  ]
  const shown = plan ? planText(plan, { style, full: false, width }) : ''
  return `${shown}${shown === '' ? '' : '\n'}${lines.join('\n')}\n`
}
