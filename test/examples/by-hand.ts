// Runs the commands that an example replaces, and sends packets: `by-hand.js FOLDER`, by scripts/lab.sh.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readExpectation } from './expectation.ts'
import { run } from '../run.ts'
import { prepare } from './prepare.ts'
import { requestAll, serveAll } from './requests.ts'
import { takeOver } from './take-over.ts'
import { checkTable, pingAll } from './traffic.ts'

const folder = process.argv[2] ?? ''
const expectation = readExpectation(folder)

const execute = async (script: string): Promise<void> => {
  const { code, stdout, stderr } = await run(['sh', '-eu'], { input: script })
  assert.equal(code, 0, stdout + stderr)
}

const marker = '# Here the lab pings for the first time.'
const [first = '', second = ''] = readFileSync(join(folder, 'by-hand.sh'), 'utf8').split(marker)

await prepare(expectation, folder)
await execute(first)
await checkTable(expectation, 'before')
await execute(second)
await checkTable(expectation, 'after')
const pings = await pingAll(expectation)
await takeOver(expectation.drift.node)
await pingAll(expectation)
const stop = await serveAll(expectation)
const requests = await requestAll(expectation.byHand)
stop()
console.log(`by hand: ${String(pings)} pings, ${String(requests)} requests`)
