import type { Json } from '../resources/kind.ts'
import type { ChangeDocument } from './document.ts'
import type { Block as BlockOf } from './fold.ts'
import { sequenceLines } from './sequence.ts'
import type { Style } from './style.ts'

/** What a plan is for: making the node as described, removing what is ours, or undoing what was done. */
export type Purpose = 'change' | 'destroy' | 'rollback'

export interface TextOptions {
  readonly purpose?: Purpose
  readonly style: Style
  /** Show what stays as it is, too. */
  readonly full: boolean
  /** Show the chains that services are made of. */
  readonly verbose?: boolean
  /** What is said where nothing changes; default what its purpose says. */
  readonly nothing?: string | undefined
  /** Columns of the terminal. */
  readonly width: number
}

export type Block = BlockOf<ChangeDocument>

type Marker = '+' | '~' | '-/+' | '-'

export const markerOf = ({ actions }: Pick<ChangeDocument, 'actions'>): Marker => {
  if (actions.length === 2) return '-/+'
  const [action] = actions
  return action === 'create' ? '+' : action === 'update' ? '~' : '-'
}

export const colors = { '+': 'green', '~': 'yellow', '-/+': 'red', '-': 'red' } as const

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
  `${marker.padEnd(6)}${name.padEnd(nameWidth - 1)} ${text}`

/** What goes without saying of a new object: its kind is in its title, and links are up. */
const defaults: Readonly<Record<string, Json>> = {
  up: true,
  onlink: false,
  type: 'unicast',
  loadBalancing: 'roundRobin',
}

const links: ReadonlySet<Json> = new Set(['bridge', 'veth', 'vxlan'])

const isShown = ([name, value]: readonly [string, Json]): boolean =>
  value !== null &&
  !isEmpty(value) &&
  defaults[name] !== value &&
  !(name === 'type' && links.has(value))

const isSequence = (value: Json | undefined): value is readonly string[] =>
  Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string')

const asSequence = (value: Json | undefined): readonly string[] => (isSequence(value) ? value : [])

/** A sequence, line by line: "+     10.0.2.3:8080". */
const sequenceText = (
  before: Json | undefined,
  after: Json | undefined,
  { full, style }: TextOptions,
): readonly string[] =>
  sequenceLines(asSequence(before), asSequence(after), full).map(({ marker, text }) => {
    const line = `${marker.padEnd(6)}${text}`.trimEnd()
    return marker === ' ' ? line : style(colors[marker], line)
  })

/** The rules of a service's chains are what it is made of: its endpoints are what it is. */
export const isHidden = (
  attribute: string,
  { group }: Pick<ChangeDocument, 'group'>,
  { verbose }: Pick<TextOptions, 'verbose'>,
): boolean => group !== null && verbose !== true && attribute === 'rules'

const differenceLines = (
  change: ChangeDocument,
  mark: '+' | '~' | '-',
  options: TextOptions,
): string[] =>
  change.differences
    .filter(({ attribute }) => !isHidden(attribute, change, options))
    .flatMap(({ attribute, before, after, replaces }) => {
      if (isSequence(before) || isSequence(after)) return sequenceText(before, after, options)
      const arrow = `${valueText(before)} -> ${valueText(after)}`
      const note = replaces ? options.style('red', '  # forces replacement') : ''
      return [options.style(colors[mark], attributeLine(mark, attribute, arrow)) + note]
    })

const attributeLines = (change: ChangeDocument, marker: Marker, options: TextOptions): string[] => {
  const changed = new Set(change.differences.map(({ attribute }) => attribute))
  const lines = differenceLines(change, marker === '-/+' ? '~' : marker, options)
  if (marker !== '+' && !options.full) return lines
  const rest = Object.entries(change.after ?? {})
    .filter((entry) => !changed.has(entry[0]) && isShown(entry))
    .filter(([name]) => !isHidden(name, change, options))
    .flatMap(([name, value]) => {
      if (marker === '+' && isSequence(value)) return sequenceText([], value, options)
      const line = attributeLine(marker === '+' ? '+' : '', name, valueText(value))
      return [marker === '+' ? options.style('green', line) : line]
    })
  return [...lines, ...rest]
}

const lockoutLines = ({ lockout }: ChangeDocument, { style }: TextOptions): readonly string[] =>
  lockout === null ? [] : [style('red', attributeLine('!', 'lock-out', lockout))]

type Origin = Pick<ChangeDocument, 'source' | 'reason' | 'cause'>

const causes: Readonly<Record<ChangeDocument['cause'], string>> = {
  config: ' (the file changed)',
  node: ' (the node changed)',
  both: ' (both changed)',
  unknown: '',
}

/** Where it comes from, or why it goes: "edge.yaml:3:12". */
export const originText = ({ source, reason, cause }: Origin, purpose: Purpose): string => {
  if (source) return `${source.file}:${source.line}:${source.column}${causes[cause]}`
  // To destroy is to want nothing: that goes without saying.
  const known = purpose !== 'change' && reason === 'not in the configuration'
  return reason === null || known ? '' : `(${reason})`
}

const headLine = (title: string, marker: Marker, origin: Origin, options: TextOptions): string => {
  const left = `${marker} ${title}`
  const right = originText(origin, options.purpose ?? 'change')
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
  const head = headLine(change.title, marker, change, options)
  return [
    head,
    ...lockoutLines(change, options),
    ...attributeLines(change, marker, options),
    ...reasons,
  ]
}

const isEmpty = (value: Json | undefined): boolean => Array.isArray(value) && value.length === 0

/** A service: its endpoints, and how many chains it takes. */
const groupLines = (block: Block, options: TextOptions): string[] => {
  const { title, changes } = block
  const [first] = changes
  if (!first) return []
  const marker = markerOf(block)
  const origin = changes.find(({ source }) => source !== null) ?? first
  const cause = changes.every((change) => change.cause === first.cause) ? first.cause : 'unknown'
  const all = changes.flatMap((change) => attributeLines(change, markerOf(change), options))
  // An endpoint on this node may be in two of its chains.
  const none = changes.some(({ after }) => isEmpty(after?.['endpoints']))
  const empty = none ? [options.style('dim', '      # no endpoints: refused')] : []
  const lines = [...new Set([...all, ...empty])]
  const chains = `${changes.length} chain${changes.length === 1 ? '' : 's'}`
  const note = options.style('dim', `      # ${chains}; --verbose shows them`)
  const shown = lines.length > 0 || marker === '-' ? lines : [note]
  return [headLine(title, marker, { ...origin, cause }, options), ...shown]
}

/** One object that a person wrote, with what changes of it. */
export const blockLines = (block: Block, options: TextOptions): string[] => {
  const isGroup = block.changes.some(({ group }) => group !== null)
  return isGroup && options.verbose !== true
    ? groupLines(block, options)
    : block.changes.flatMap((change) => changeLines(change, options))
}
