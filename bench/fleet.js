// node bench/fleet.js [--nodes 1000] [--rounds 3]: what the plan of a fleet costs. See README.md.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { measure, run } from './machine.js'
import { OWN_NETPLAN, readOptions, text } from './options.js'
import { inSandbox, SCRATCH } from './sandbox.js'

const options = readOptions(
  { nodes: text('1000'), rounds: text('3'), netplan: text(OWN_NETPLAN) },
  'node bench/fleet.js [--nodes 1000] [--rounds 3] [--netplan FILE]',
)
const count = Number(options.nodes)

await inSandbox(bench)

function octets(number) {
  return [number >> 8, number & 255]
}

function nodeAddress(number) {
  return `172.16.${octets(number).join('.')}`
}

/** A cluster whose nodes have a route to each other one. */
function fleetText(more = '') {
  const nodes = Array.from(
    { length: count },
    (_, index) => `    node-${index + 1}: { address: ${nodeAddress(index + 1)} }\n`,
  )
  const head = ['podCIDR: 10.0.0.0/8', 'nodeCIDR: 172.16.0.0/16', 'podCIDRFrom: hostNumber']
  const lines = [...head, 'interface: eth0', 'nodes:'].map((line) => `  ${line}\n`)
  return `cluster:\n${lines.join('')}${nodes.join('')}${more}`
}

/** What tells one node from the next in a snapshot. */
function marksOf(number) {
  const [high, low] = octets(number)
  const hex = (octet) => octet.toString(16).padStart(2, '0')
  return [
    [`10.${high}.${low}.`, ''],
    [nodeAddress(number), '(?![0-9])'],
    [`0a:58:0a:${hex(high)}:${hex(low)}:01`, ''],
    [`"node-${number}"`, ''],
  ]
}

/** A snapshot of the first node, as another one's: where the one has the other's, the other has the one's. */
function translate(text, number) {
  if (number === 1) return text
  const theirs = marksOf(number)
  return marksOf(1).reduce((result, [one, end], index) => {
    const [other] = theirs[index]
    const either = [one, other].map((mark) => mark.replaceAll('.', '\\.')).join('|')
    const pattern = new RegExp(`(?<![0-9.])(?:${either})${end}`, 'g')
    return result.replace(pattern, (mark) => (mark === one ? other : one))
  }, text)
}

function makeSnapshots(folder, file) {
  run(['ip', 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'other0'])
  run(['ip', 'address', 'add', `${nodeAddress(1)}/16`, 'dev', 'eth0'])
  for (const device of ['other0', 'eth0']) run(['ip', 'link', 'set', device, 'up'])
  const program = [process.execPath, options.netplan]
  const files = ['-f', file, '--node', 'node-1']
  run([...program, 'apply', ...files, '--auto-approve'])
  const text = run([...program, 'show', ...files, '--snapshot', '-'])
  for (let number = 1; number <= count; number++)
    writeFileSync(join(folder, `node-${number}.json`), translate(text, number))
  return text.length
}

function bench() {
  const [same, changed] = [join(SCRATCH, 'same.yaml'), join(SCRATCH, 'changed.yaml')]
  writeFileSync(same, fleetText())
  writeFileSync(changed, fleetText('routes: [{ to: 192.0.2.0/24, via: 172.16.255.254 }]\n'))
  const snapshots = join(SCRATCH, 'snapshots')
  mkdirSync(snapshots)
  const size = makeSnapshots(snapshots, same)
  console.log(
    `${count} nodes of ${count - 1} routes each, ${Math.round(size / 1024)} KiB a snapshot`,
  )
  const cases = {
    'no changes, from snapshots': ['-f', same, '--snapshots', snapshots],
    'a route each, from snapshots': ['-f', changed, '--snapshots', snapshots],
    'a route each, against': ['-f', changed, '--against', same],
  }
  for (let round = 0; round < Number(options.rounds); round++)
    for (const [title, args] of Object.entries(cases)) report(title, args)
}

function report(title, args) {
  const cost = measure([process.execPath, options.netplan, 'plan', '--fleet', ...args])
  const seconds = (milliseconds) => (milliseconds / 1000).toFixed(1)
  const memory = Math.round(cost.rssKb / 1024)
  console.log(
    `${title.padEnd(30)} ${seconds(cost.wallMs)} s, ${seconds(cost.cpuUs / 1000)} s of CPU, ${memory} MiB`,
  )
}
