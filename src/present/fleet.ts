import { createHash } from 'node:crypto'
import type { Diagnostic } from '../config/diagnostics.ts'
import { escapeLine } from '../net/controls.ts'
import { countsText, plural } from './counts.ts'
import type { ChangeDocument, Summary } from './document.ts'
import { isPlanned } from './fleet-document.ts'
import type { FleetNodeDocument, FleetSummary, Status } from './fleet-document.ts'
import { foldGroups } from './fold.ts'
import type { Style } from './style.ts'
import { markerOf } from './blocks.ts'

/** Nodes to which the same happens. */
interface Group {
  readonly summary: Summary
  /** What happens to them, as far as it is shown. */
  readonly lines: readonly string[]
  readonly nodes: string[]
}

/** As much of a fleet's plan as its text takes: nodes are told of one by one, and forgotten. */
export interface FleetTable {
  add(node: FleetNodeDocument): void
  text(summary: FleetSummary, options: FleetTextOptions): string
}

export interface FleetTextOptions {
  readonly style: Style
  readonly width: number
}

const mostTitles = 20

/** What a change does, wherever it was asked for. */
const essence = ({ address, actions, before, after, differences, lockout }: ChangeDocument) => [
  address,
  actions,
  before,
  after,
  differences,
  lockout,
]

/** Equal for nodes to which the same happens: a digest, since there may be thousands of long plans. */
const keyOf = ({ changes }: FleetNodeDocument): string =>
  createHash('sha256')
    .update(JSON.stringify(changes.map(essence)))
    .digest('base64')

const linesOf = ({ changes }: FleetNodeDocument): readonly string[] => {
  const blocks = foldGroups(changes)
  const shown = blocks.slice(0, mostTitles).map((block) => `${markerOf(block)} ${block.title}`)
  const locks = changes
    .filter(({ lockout }) => lockout !== null)
    .map(({ title, lockout }) => `! ${title} ${lockout ?? ''}`)
  const more = blocks.length - shown.length
  return [
    ...shown,
    ...(more > 0 ? [`  and ${String(more)} more`] : []),
    ...locks.slice(0, mostTitles),
  ]
}

/** "998 nodes: node-1, node-2 and 996 more"; of one, its name. */
const namesText = ([first = '', ...others]: readonly string[]): string => {
  if (others.length === 0) return escapeLine(first)
  const shown = [first, ...others].slice(0, 3)
  const more = others.length + 1 - shown.length
  const rest = more > 0 ? ` and ${String(more)} more` : ''
  return `${plural(others.length + 1, 'node')}: ${escapeLine(shown.join(', '))}${rest}`
}

const countWidth = 9

const row = (name: string, counts: readonly string[], width: number): string =>
  name.padEnd(width) + counts.map((count) => count.padStart(countWidth)).join('')

const countsOf = ({ create, update, replace, delete: gone }: Summary): readonly string[] =>
  [create, update, replace, gone].map(String)

const markers = { '+': 'green', '~': 'yellow', '-': 'red', '!': 'red' } as const

const paint = (line: string, style: Style): string => {
  const [first = ''] = line
  const color = Object.hasOwn(markers, first) ? markers[first as keyof typeof markers] : undefined
  return color ? style(color, escapeLine(line)) : escapeLine(line)
}

const groupLines = ({ nodes, summary, lines }: Group, style: Style, width: number): string[] => [
  style('bold', row(namesText(nodes), countsOf(summary), width)),
  ...lines.map((line) => `  ${paint(line, style)}`),
]

export const statusTexts: Readonly<Record<Exclude<Status, 'planned' | 'new'>, string>> = {
  refused: 'no plan',
  missing: 'there is no snapshot of it (--missing new plans it as a new node)',
  unknown: 'there is a snapshot of it, and it is not in the configuration',
  removed: 'it is not in the configuration any more, and stays as it is',
}

/** Why nodes have no plan, those together that have the same reason. */
const reasonLines = (reasons: ReadonlyMap<string, readonly string[]>, style: Style): string[] =>
  [...reasons].map(([reason, nodes]) => style('red', `${namesText(nodes)}: ${escapeLine(reason)}`))

const noteOf = ({ severity, message, location }: Diagnostic): string => {
  const place = location ? `${location.file}:${String(location.line)}: ` : ''
  return `${place}${severity}: ${message}`
}

export const summaryText = (summary: FleetSummary): string => {
  const { nodes, changed, new: made, refused, missing, unknown, removed } = summary
  const counts = [
    `${String(changed)} to change`,
    ...(made > 0 ? [`${String(made)} taken for new`] : []),
    ...(refused > 0 ? [`${String(refused)} without a plan`] : []),
    ...(missing > 0 ? [`${String(missing)} without a snapshot`] : []),
    ...(unknown + removed > 0 ? [`${String(unknown + removed)} not in the configuration`] : []),
  ]
  return `Plan for ${plural(nodes, 'node')}: ${counts.join(', ')}; ${countsText(summary)}.`
}

const push = (map: Map<string, string[]>, key: string, node: string): void => {
  const nodes = map.get(key)
  if (nodes) nodes.push(node)
  else map.set(key, [node])
}

interface Memory {
  readonly groups: Map<string, Group>
  readonly reasons: Map<string, string[]>
  readonly warnings: Map<string, string[]>
  readonly unchanged: string[]
}

const remember = (memory: Memory, document: FleetNodeDocument): void => {
  const { node, status, summary, changes, diagnostics } = document
  if (!isPlanned(status)) {
    const notes = diagnostics.map(noteOf)
    const reason = [statusTexts[status], ...notes].join(': ')
    push(memory.reasons, reason, node)
    return
  }
  for (const one of diagnostics) push(memory.warnings, noteOf(one), node)
  if (changes.length === 0) {
    memory.unchanged.push(node)
    return
  }
  const key = keyOf(document)
  const group = memory.groups.get(key)
  if (group) group.nodes.push(node)
  else memory.groups.set(key, { summary, lines: linesOf(document), nodes: [node] })
}

const tableText = (memory: Memory, summary: FleetSummary, options: FleetTextOptions): string => {
  const { style, width } = options
  const { groups, reasons, warnings, unchanged } = memory
  const nameWidth = Math.max(20, Math.min(width, 100) - 4 * countWidth)
  const head = row('', ['add', 'change', 'replace', 'destroy'], nameWidth)
  const sorted = [...groups.values()].sort((a, b) => b.nodes.length - a.nodes.length)
  const same = unchanged.length > 0 ? [`${namesText(unchanged)}: no changes`] : []
  const warned = [...warnings].map(([text, nodes]) => `${namesText(nodes)}: ${escapeLine(text)}`)
  return [
    ...(sorted.length > 0 ? [style('dim', head)] : []),
    ...sorted.flatMap((group) => groupLines(group, style, nameWidth)),
    ...same,
    ...warned,
    ...reasonLines(reasons, style),
    '',
    style('bold', summaryText(summary)),
    '',
  ].join('\n')
}

/** The table of a fleet's plan, drawn from its document, node by node. */
export const startFleetTable = (): FleetTable => {
  const memory: Memory = {
    groups: new Map(),
    reasons: new Map(),
    warnings: new Map(),
    unchanged: [],
  }
  return {
    add: (document) => {
      remember(memory, document)
    },
    text: (summary, options) => tableText(memory, summary, options),
  }
}
