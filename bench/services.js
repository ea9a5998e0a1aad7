// node bench/services.js: measures what services cost a packet, and whether connections survive changes. See README.md.
import { writeFileSync } from 'node:fs'
import { measureData } from './data.js'
import { describeMachine } from './machine.js'
import { choices, list, OWN_NETPLAN, readOptions, refuse, text, UsageError } from './options.js'
import { boundsOf, printBounds, printTable } from './report.js'
import { runLoop } from './loop.js'
import { inSandbox, SCRATCH } from './sandbox.js'
import { makeServices, MOST_SERVICES } from './scenario.js'

const PARTS = { data: measureData, loop: runLoop }
const BACKENDS = ['nft', 'legacy']
const USAGE = `node bench/services.js [--sizes 100,1000,10000] [--backends nft,legacy]
  [--parts data,loop] [--rounds N] [--netplan FILE] [--json FILE]`

const options = readOptions(
  {
    sizes: text('100,1000,10000'),
    backends: text(BACKENDS.join()),
    parts: text(Object.keys(PARTS).join()),
    rounds: text('0'),
    netplan: text(OWN_NETPLAN),
    json: { type: 'string' },
  },
  USAGE,
)

await inSandbox(measure)

/** Every part for every size and backend. Where one fails, the others are still worth their numbers. */
async function measure() {
  const rows = []
  try {
    for (const job of jobs()) rows.push(...(await measureJob({ ...job, scratch: SCRATCH })))
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    refuse(error, USAGE)
    return
  }
  conclude(rows)
}

function jobs() {
  const parts = choices(options.parts, Object.keys(PARTS))
  const backends = choices(options.backends, BACKENDS)
  const scenarios = list(options.sizes).map((size) => makeServices(sizeOf(size)))
  const common = { netplan: options.netplan, rounds: Number(options.rounds) }
  return scenarios.flatMap((services) =>
    backends.flatMap((backend) => parts.map((part) => ({ ...common, part, backend, services }))),
  )
}

function sizeOf(word) {
  const size = Number(word)
  if (size >= 1 && size <= MOST_SERVICES && Number.isInteger(size)) return size
  throw new UsageError(`a size is 1 to ${MOST_SERVICES} services, not ${word}`)
}

async function measureJob({ part, ...job }) {
  const { backend, services } = job
  const title = `${part}, ${services.length} services, iptables-${backend}`
  console.error(`bench: ${title}`)
  try {
    const rows = await PARTS[part](job)
    return rows.map((row) => ({ part, n: services.length, backend, ...row }))
  } catch (error) {
    console.error(`bench: ${title} failed: ${error.message}`)
    process.exitCode = 1
    return []
  }
}

function conclude(rows) {
  const bounds = boundsOf(rows)
  printTable(rows)
  printBounds(bounds)
  const document = { machine: describeMachine(), rows, bounds }
  if (options.json) writeFileSync(options.json, `${JSON.stringify(document, undefined, 2)}\n`)
  if (bounds.some(({ pass }) => !pass)) process.exitCode = 1
}
