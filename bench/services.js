// node bench/services.js: measures what services cost, on the node and on a packet. See README.md.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { measureControl } from './control.js'
import { measureData } from './data.js'
import { describeMachine } from './machine.js'
import { boundsOf, printBounds, printTable } from './report.js'
import { runLoop } from './loop.js'
import { makeServices, MOST_SERVICES } from './scenario.js'

const PARTS = { control: measureControl, data: measureData, loop: runLoop }
const BACKENDS = ['nft', 'legacy']
const USAGE = `node bench/services.js [--sizes 100,1000,10000] [--backends nft,legacy]
  [--parts control,data,loop] [--rounds N] [--netplan FILE] [--json FILE]`

class UsageError extends Error {}

const { values: options } = readOptions()
const here = fileURLToPath(new URL('.', import.meta.url))

// It doubles the start of node, and has nothing to do with the network.
delete process.env.NODE_EXTRA_CA_CERTS

if (process.env.NETPLAN_SANDBOX) await measure()
else process.exitCode = enterSandbox()

function readOptions() {
  const text = (value) => ({ type: 'string', default: value })
  try {
    return parseArgs({
      options: {
        sizes: text('100,1000,10000'),
        backends: text(BACKENDS.join()),
        parts: text(Object.keys(PARTS).join()),
        rounds: text('0'),
        netplan: text(fileURLToPath(new URL('../bin/run.cjs', import.meta.url))),
        json: { type: 'string' },
      },
    })
  } catch (error) {
    refuse(error)
    return process.exit()
  }
}

function refuse({ message }) {
  console.error(`bench: ${message}\nusage: ${USAGE}`)
  process.exitCode = 1
}

function enterSandbox() {
  const script = join(here, '../scripts/sandbox.sh')
  const argv = [script, process.execPath, ...process.argv.slice(1)]
  return spawnSync('sh', argv, { stdio: 'inherit' }).status ?? 1
}

/** Every part for every size and backend. Where one fails, the others are still worth their numbers. */
async function measure() {
  const scratch = mkdtempSync(join(tmpdir(), 'netplan-bench-'))
  const rows = []
  try {
    for (const job of jobs()) rows.push(...(await measureJob({ ...job, scratch })))
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    refuse(error)
    return
  } finally {
    rmSync(scratch, { recursive: true })
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

function list(text) {
  return text.split(',').filter((word) => word !== '')
}

function choices(text, known) {
  const chosen = list(text)
  const unknown = chosen.find((word) => !known.includes(word))
  if (unknown !== undefined) throw new UsageError(`${unknown} is none of ${known.join(', ')}`)
  return chosen
}

function sizeOf(text) {
  const size = Number(text)
  if (size >= 1 && size <= MOST_SERVICES && Number.isInteger(size)) return size
  throw new UsageError(`a size is 1 to ${MOST_SERVICES} services, not ${text}`)
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
