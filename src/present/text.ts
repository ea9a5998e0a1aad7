import { escapeAll } from '../net/controls.ts'
import { blockLines, colors, isHidden, markerOf } from './blocks.ts'
import type { Block, TextOptions } from './blocks.ts'
import { countsText } from './counts.ts'
import type { ChangeDocument, PlanDocument } from './document.ts'
import { foldGroups } from './fold.ts'
import { lockoutSummary } from './lockout.ts'
import { noChanges } from './nothing.ts'

const most = 20

/** The titles once more, below the count: what people look for after a long plan. */
const listLines = (blocks: readonly Block[], { style, width }: TextOptions): readonly string[] => {
  const more = blocks.length > most ? [`and ${String(blocks.length - most)} more`] : []
  const lines: { text: string; length: number }[] = []
  const add = (text: string, length: number): void => {
    const last = lines.at(-1)
    if (last && last.length + 3 + length <= width) {
      last.text += `   ${text}`
      last.length += 3 + length
    } else lines.push({ text: `  ${text}`, length: length + 2 })
  }
  for (const block of blocks.slice(0, most)) {
    const text = `${markerOf(block)} ${block.title}`
    add(style(colors[markerOf(block)], text), text.length)
  }
  for (const text of more) add(text, text.length)
  return lines.map(({ text }) => text)
}

const emptyText = ({ owner }: PlanDocument, { purpose = 'change' }: TextOptions): string =>
  ({
    change: noChanges,
    destroy: `Nothing to destroy. This node has nothing of owner ${owner}.`,
    rollback: 'Nothing to roll back. Everything that was touched is as it was.',
  })[purpose]

const verbs = { change: 'change', destroy: 'clear', rollback: 'roll back' } as const

/** Without what no line is made of, which is the most of a plan: what is run, what was, and what is hidden. */
const visibleOf = (change: ChangeDocument, options: TextOptions): ChangeDocument => {
  const visible = { ...change, before: null, steps: [] }
  if (!isHidden('rules', change, options)) return visible
  const after = change.after && { ...change.after, rules: null }
  return { ...visible, after, differences: change.differences.filter(isNotRules) }
}

const isNotRules = ({ attribute }: { readonly attribute: string }): boolean => attribute !== 'rules'

/** A plan for a person at a terminal. */
export const planText = (plan: PlanDocument, options: TextOptions): string => {
  const changes = plan.changes.map((change) => visibleOf(change, options))
  const document = escapeAll({ ...plan, changes })
  if (document.changes.length === 0) return `${options.nothing ?? emptyText(document, options)}\n`
  const { node, owner, observed } = document
  const verb = verbs[options.purpose ?? 'change']
  const blocks = foldGroups(document.changes)
  const head = `netplan will ${verb} node ${node} (owner ${owner}, ${observed} objects read):`
  return [
    head,
    '',
    ...blocks.flatMap((block) => blockLines(block, options)),
    '',
    options.style('bold', `Plan: ${countsText(document.summary)}.`),
    ...listLines(blocks, options),
    ...lockoutSummary(document, options.purpose === 'destroy' ? 'destroy' : 'apply', options.style),
    '',
  ].join('\n')
}
