// node bench/run.js: measures netplan beside what it costs by hand, and beside what others take. See README.md.
import { writeFileSync } from 'node:fs'
import { readBudgets, judge } from './budgets.js'
import { describeMachine } from './machine.js'
import { choices, count, OWN_NETPLAN, readOptions, refuse, text, UsageError } from './options.js'
import { inSandbox, SCRATCH } from './sandbox.js'
import { printVerdicts, tablesOf } from './results.js'
import { toColumns, toMarkdown } from './table.js'
import { measureGrowth } from './work/growth.js'
import { measurePods } from './work/pods.js'
import { measureRoutes } from './work/routes.js'
import { measureServices } from './work/services.js'
import { measureSmall } from './work/small.js'
import { measureStart } from './work/start.js'

const PARTS = {
  start: measureStart,
  small: measureSmall,
  pods: measurePods,
  routes: measureRoutes,
  services: measureServices,
  growth: measureGrowth,
}
const USAGE = `npm run bench -- [--only ${Object.keys(PARTS).join()}] [--check]
  [--rounds N] [--netplan FILE] [--json FILE] [--markdown FILE] [--plot FILE]`

const options = readOptions(
  {
    only: text(Object.keys(PARTS).join()),
    check: { type: 'boolean', default: false },
    rounds: text('9'),
    netplan: text(OWN_NETPLAN),
    json: { type: 'string' },
    markdown: { type: 'string' },
    plot: { type: 'string' },
  },
  USAGE,
)

await inSandbox(() => {
  try {
    const parts = choices(options.only, Object.keys(PARTS))
    const { netplan, plot } = options
    const job = { netplan, plot, rounds: count(options.rounds), scratch: SCRATCH }
    conclude(
      parts,
      parts.flatMap((part) => measurePart(part, job)),
    )
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    refuse(error, USAGE)
  }
})

/** Where a part fails, the others are still worth their numbers. */
function measurePart(part, job) {
  const say = (message) => console.error(`bench: ${message}`)
  say(part)
  try {
    return PARTS[part]({ ...job, say })
  } catch (error) {
    say(`${part} failed: ${error.message}`)
    process.exitCode = 1
    return []
  }
}

function conclude(parts, rows) {
  const verdicts = judge(readBudgets(), parts, rows)
  process.stdout.write(tablesOf(rows, toColumns))
  if (options.check) {
    printVerdicts(verdicts)
    if (verdicts.some(({ pass }) => !pass)) process.exitCode = 1
  }
  if (options.markdown) writeFileSync(options.markdown, tablesOf(rows, toMarkdown))
  const document = { machine: describeMachine(), rows, verdicts }
  if (options.json) writeFileSync(options.json, `${JSON.stringify(document, undefined, 2)}\n`)
}
