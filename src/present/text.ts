import type { Json } from '../resources/kind.ts'
import type { ChangeDocument, PlanDocument, Summary } from './document.ts'
import type { Style } from './style.ts'

/** What a plan is for: making the node as described, or removing what is ours. */
export type Purpose = 'change' | 'destroy'

export interface TextOptions {
  readonly purpose?: Purpose
  readonly style: Style
  /** Show what stays as it is, too. */
  readonly full: boolean
  /** Columns of the terminal. */
  readonly width: number
}

type Marker = '+' | '~' | '-/+' | '-'

const markerOf = ({ actions }: ChangeDocument): Marker => {
  if (actions.length === 2) return '-/+'
  const [action] = actions
  return action === 'create' ? '+' : action === 'update' ? '~' : '-'
}

const colors = { '+': 'green', '~': 'yellow', '-/+': 'red', '-': 'red' } as const

/** A value as a person writes it in the configuration. */
const valueText = (value: Json): string => {
  if (value === null) return 'none'
  if (Array.isArray(value)) return value.map((one: Json) => valueText(one)).join(', ')
  return typeof value === 'object'
    ? partsText(value as Readonly<Record<string, Json>>)
    : String(value)
}

/** {via: a, weight: 2} as "via a weight 2", without what goes without saying. */
const partsText = (parts: Readonly<Record<string, Json>>): string =>
  Object.entries(parts)
    .filter((entry) => isShown(entry) && !(entry[0] === 'weight' && entry[1] === 1))
    .map(([name, value]) => `${name} ${valueText(value)}`)
    .join(' ')

const nameWidth = 18

/** "+     mtu               1450": the marker in column 0, so that a ```diff fence colours it. */
const attributeLine = (marker: string, name: string, text: string): string =>
  `${marker.padEnd(6)}${name.padEnd(nameWidth)}${text}`

/** What goes without saying of a new object: its kind is in its title, and links are up. */
const defaults: Readonly<Record<string, Json>> = { up: true, onlink: false, type: 'unicast' }

const links: ReadonlySet<Json> = new Set(['bridge', 'veth', 'vxlan'])

const isShown = ([name, value]: readonly [string, Json]): boolean =>
  value !== null && defaults[name] !== value && !(name === 'type' && links.has(value))

const attributeLines = (change: ChangeDocument, marker: Marker, options: TextOptions): string[] => {
  const { differences, after } = change
  const changed = new Set(differences.map(({ attribute }) => attribute))
  const mark = marker === '-/+' ? '~' : marker
  const lines = differences.map(({ attribute, before, after: wanted, replaces }) => {
    const arrow = `${valueText(before)} -> ${valueText(wanted)}`
    const note = replaces ? options.style('red', '  # forces replacement') : ''
    return options.style(colors[mark], attributeLine(mark, attribute, arrow)) + note
  })
  if (marker !== '+' && !options.full) return lines
  const rest = Object.entries(after ?? {})
    .filter((entry) => !changed.has(entry[0]) && isShown(entry))
    .map(([name, value]) => attributeLine(marker === '+' ? '+' : '', name, valueText(value)))
  return [...lines, ...rest.map((line) => (marker === '+' ? options.style('green', line) : line))]
}

/** Where it comes from, or why it goes. */
const originText = ({ source, reason }: ChangeDocument, purpose: Purpose): string => {
  if (source) return `${source.file}:${source.line}:${source.column}`
  // To destroy is to want nothing: that goes without saying.
  const known = purpose === 'destroy' && reason === 'not in the configuration'
  return reason === null || known ? '' : `(${reason})`
}

const headLine = (change: ChangeDocument, marker: Marker, options: TextOptions): string => {
  const left = `${marker} ${change.title}`
  const right = originText(change, options.purpose ?? 'change')
  const column = Math.min(60, Math.max(30, options.width - right.length - 1))
  const padding = right === '' ? '' : ' '.repeat(Math.max(2, column - left.length))
  return options.style(colors[marker], left) + padding + options.style('dim', right)
}

const changeLines = (change: ChangeDocument, options: TextOptions): string[] => {
  const marker = markerOf(change)
  const reason = change.source ? change.reason : null
  const notes = [
    reason,
    change.adopts && change.reason !== 'adopted' ? 'marked as ours again' : null,
  ]
  const reasons = notes
    .filter((note) => note !== null)
    .map((note) => options.style('dim', `      # ${note}`))
  return [headLine(change, marker, options), ...attributeLines(change, marker, options), ...reasons]
}

const summaryLine = (summary: Summary): string =>
  `Plan: ${String(summary.create)} to add, ${String(summary.update)} to change, ` +
  `${String(summary.replace)} to replace, ${String(summary.delete)} to destroy.`

const most = 20

/** The titles once more, below the count: what people look for after a long plan. */
const listLines = ({ changes }: PlanDocument, { style, width }: TextOptions): readonly string[] => {
  const more = changes.length > most ? [`and ${String(changes.length - most)} more`] : []
  const lines: { text: string; length: number }[] = []
  const add = (text: string, length: number): void => {
    const last = lines.at(-1)
    if (last && last.length + 3 + length <= width) {
      last.text += `   ${text}`
      last.length += 3 + length
    } else lines.push({ text: `  ${text}`, length: length + 2 })
  }
  for (const change of changes.slice(0, most)) {
    const text = `${markerOf(change)} ${change.title}`
    add(style(colors[markerOf(change)], text), text.length)
  }
  for (const text of more) add(text, text.length)
  return lines.map(({ text }) => text)
}

const noChanges = 'No changes. This node matches its configuration.'

const emptyText = ({ owner }: PlanDocument, { purpose }: TextOptions): string =>
  purpose === 'destroy' ? `Nothing to destroy. This node has nothing of owner ${owner}.` : noChanges

/** A plan for a person at a terminal. */
export const planText = (document: PlanDocument, options: TextOptions): string => {
  if (document.changes.length === 0) return `${emptyText(document, options)}\n`
  const { node, owner, observed } = document
  const verb = options.purpose === 'destroy' ? 'clear' : 'change'
  const head = `netplan will ${verb} node ${node} (owner ${owner}, ${observed} objects read):`
  return [
    head,
    '',
    ...document.changes.flatMap((change) => changeLines(change, options)),
    '',
    options.style('bold', summaryLine(document.summary)),
    ...listLines(document, options),
    '',
  ].join('\n')
}
