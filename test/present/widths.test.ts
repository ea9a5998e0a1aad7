// What a plan looks like on a terminal: 80 and 160 columns, with colours and without.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters, styleText } from 'node:util'
import test from 'ava'
import type { PlanDocument } from '../../src/present/document.ts'
import { plain } from '../../src/present/style.ts'
import type { Style } from '../../src/present/style.ts'
import { planText } from '../../src/present/text.ts'

const folder = 'test/present/pipeline/cases'

const colored: Style = (format, text) => styleText(format, text, { validateStream: false })

const plans = readdirSync(folder)
  .filter((name) => !name.startsWith('hostile'))
  .flatMap((name) => {
    const text = readFileSync(join(folder, name, 'report.json'), 'utf8')
    const { plan, drift } = JSON.parse(text) as { plan?: PlanDocument; drift?: PlanDocument }
    return [plan, drift].filter((one) => one !== undefined)
  })

const draw = (plan: PlanDocument, width: number, style: Style): readonly string[] =>
  planText(plan, { style, full: false, verbose: true, width }).split('\n')

/** A name that is as long as it is has no shorter way to be told. */
const room = (width: number): number => Math.max(width, 100)

for (const width of [80, 100, 160]) {
  test(`${String(width)} columns: no line is longer, and places stand below each other`, (t) => {
    t.true(plans.length >= 4)
    for (const plan of plans) {
      const lines = draw(plan, width, plain)
      const at = lines.findIndex((line) => line.startsWith('Plan: '))
      const long = lines.slice(at).filter((line) => !line.startsWith('!'))
      for (const line of long) t.true(line.length <= width, line)
      const heads = lines
        .slice(0, Math.max(at, 0))
        .filter((line) => /^(?:[+~-]|-\/\+) \S/.test(line))
      for (const line of heads) t.true(line.length <= room(width), line)
      const columns = new Set(
        heads.map((line) => line.search(/\S+:\d+:\d+$/)).filter((at) => at > 0),
      )
      t.true(columns.size <= 1, [...columns].join())
    }
  })

  test(`${String(width)} columns: colours change nothing but colours, and none leaks into the next line`, (t) => {
    for (const plan of plans) {
      const lines = draw(plan, width, colored)
      t.deepEqual(lines.map(stripVTControlCharacters), draw(plan, width, plain))
      // Of the sixteen colours that a terminal's owner chose to be read on light or dark: no background, no white.
      const codes = lines.flatMap((line) =>
        [...line.matchAll(/\u001B\[(\d+)m/g)].map(([, one]) => one),
      )
      for (const one of codes) t.true(['1', '2', '22', '31', '32', '33', '39'].includes(one ?? ''))
      for (const line of lines) {
        const starts = line.match(/\u001B\[(?:1|2|3[123])m/g)?.length ?? 0
        t.is(line.match(/\u001B\[(?:22|39)m/g)?.length ?? 0, starts, line)
      }
    }
  })
}
