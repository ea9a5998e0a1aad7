import type { Diagnostic } from '../../config/diagnostics.ts'
import { escapeAll } from '../../net/controls.ts'
import { blockLines, markerOf, originText } from '../blocks.ts'
import type { Block } from '../blocks.ts'
import { countsText, plural } from '../counts.ts'
import type { PlanDocument } from '../document.ts'
import { refusalOf } from '../fail-on.ts'
import type { FailKind } from '../fail-on.ts'
import { foldGroups } from '../fold.ts'
import { lockoutSummary } from '../lockout.ts'
import { plain } from '../style.ts'
import { codeSpan, diagnosticsBlock, fence, fold, lengthOf, mostCharacters } from './markdown.ts'

/** A plan, and what is to be said beside it. */
export interface PlanReport {
  readonly document: PlanDocument
  readonly diagnostics: readonly Diagnostic[]
  /** Which changes are refused. */
  readonly failOn?: readonly FailKind[]
}

const mostTitles = 50
const diffWidth = 100

const plurals: Readonly<Record<string, string>> = {
  address: 'addresses',
  fdb: 'forwarding entries',
}

const sectionOf = ({ changes }: Block): string => {
  const kind = changes[0]?.kind ?? ''
  if (changes.some(({ group }) => group !== null)) return 'services'
  return plurals[kind] ?? `${kind}s`
}

const counts = { '+': 'to add', '~': 'to change', '-/+': 'to replace', '-': 'to destroy' } as const

/** "2 to add, 1 to replace" */
const actionsText = (blocks: readonly Block[]): string =>
  Object.entries(counts)
    .map(([marker, text]) => {
      const count = blocks.filter((block) => markerOf(block) === marker).length
      return count === 0 ? '' : `${String(count)} ${text}`
    })
    .filter((text) => text !== '')
    .join(', ')

const diffOf = (block: Block): readonly string[] =>
  blockLines(block, { style: plain, full: false, width: diffWidth })

const titleLine = (block: Block): string => {
  const shown = block.changes.find(({ source }) => source !== null) ?? block.changes[0]
  const origin = shown ? originText(shown, 'change') : ''
  const place = origin === '' ? '' : ` ${codeSpan(origin)}`
  return `- ${codeSpan(`${markerOf(block)} ${block.title}`)}${place}`
}

const titleLines = (blocks: readonly Block[], room: number): readonly string[] => {
  const lines: string[] = []
  for (const block of blocks.slice(0, mostTitles)) {
    const line = titleLine(block)
    if (lengthOf([...lines, line]) > room) break
    lines.push(line)
  }
  const more = blocks.length - lines.length
  return more > 0 ? [...lines, `- and ${String(more)} more`] : lines
}

const groupBySection = (blocks: readonly Block[]): ReadonlyMap<string, readonly Block[]> => {
  const sections = new Map<string, Block[]>()
  for (const block of blocks) {
    const name = sectionOf(block)
    sections.set(name, [...(sections.get(name) ?? []), block])
  }
  return sections
}

/** What a section is beside its diffs, at most. */
const frameLength = 250

interface Diffs {
  readonly lines: readonly string[]
  /** How many had no room. */
  readonly left: number
}

/** A fold for each kind of object, with the diffs that there is room for: each whole, or not at all. */
const diffSections = (blocks: readonly Block[], room: number): Diffs => {
  const sections = groupBySection(blocks)
  let rest = room - sections.size * frameLength
  let left = 0
  const lines = [...sections].flatMap(([name, members]) => {
    const shown: string[] = []
    for (const block of members) {
      const diff = diffOf(block)
      const length = lengthOf(diff)
      if (length > rest) left += 1
      else {
        rest -= length
        shown.push(...diff)
      }
    }
    if (shown.length === 0) return []
    return ['', ...fold(`${name}: ${actionsText(members)}`, fence(shown, 'diff'))]
  })
  return { lines, left }
}

const cutNote = (left: number, all: number): readonly string[] =>
  left === 0
    ? []
    : [
        '',
        `*${String(left)} of ${String(all)} diffs are left out, for a comment has no room for them. ` +
          'The plan as text, in the log of the job or by `--report text=FILE`, has all.*',
      ]

const alert = (lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : ['', '> [!CAUTION]', ...lines.map((line) => `> ${line}`)]

const refusalSummary = (
  blocks: readonly Block[],
  failOn: readonly FailKind[],
): readonly string[] => {
  const count = blocks.filter((block) => refusalOf(block, failOn)).length
  return count === 0
    ? []
    : [`Refused by --fail-on ${failOn.join(',')}: ${plural(count, 'object')}.`]
}

export interface MarkdownOptions {
  /** As `netplan plan`. */
  readonly title: string
  /** What is said of a plan of nothing, and before what one comes to. */
  readonly nothing: string
  readonly something: string
}

/** A plan for a comment on a pull request: what it comes to, what changes, and folded how. */
export const planMarkdown = (
  { document, diagnostics, failOn = [] }: PlanReport,
  { title, nothing, something }: MarkdownOptions,
  most = mostCharacters,
): string => {
  const { node, owner, summary, changes } = escapeAll(document)
  const blocks = foldGroups(changes)
  const isEmpty = blocks.length === 0
  const head = [
    `### ${title}: ${codeSpan(node)}`,
    '',
    isEmpty ? nothing : `**${something}${countsText(summary)}** (owner ${codeSpan(owner)})`,
    ...alert([
      ...lockoutSummary({ changes }, 'apply', plain).map((line) => line.slice(2)),
      ...refusalSummary(blocks, failOn),
    ]),
    ...diagnosticsBlock(diagnostics),
  ]
  if (isEmpty) return [...head, ''].join('\n')
  const titles = ['', ...titleLines(blocks, most / 4)]
  const room = most - lengthOf([...head, ...titles, ...cutNote(blocks.length, blocks.length)])
  const { lines, left } = diffSections(blocks, room)
  return [...head, ...titles, ...lines, ...cutNote(left, blocks.length), ''].join('\n')
}
