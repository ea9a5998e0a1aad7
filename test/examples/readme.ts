// Runs the commands of an example's README as printed, on the machine that the prompt names, and
// looks for the lines that the README shows of their output: `readme.js FOLDER`, by scripts/lab.sh.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../run.ts'
import { settle, succeed } from './lab.ts'

interface Printed {
  readonly node: string
  readonly command: string
  readonly output: string[]
}

const folder = process.argv[2] ?? ''
const text = readFileSync(join(folder, 'README.md'), 'utf8')
const block = /^```console\n(.*?)^```$/ms.exec(text)?.[1] ?? ''

const listCommands = (): readonly Printed[] => {
  const commands: Printed[] = []
  for (const line of block.split('\n').filter((one) => one !== '')) {
    const [, node, command] = /^(\S+)# (.*)$/.exec(line) ?? []
    if (node === undefined || command === undefined) commands.at(-1)?.output.push(line)
    else commands.push({ node, command, output: [] })
  }
  return commands
}

const show = async ({ node, command, output }: Printed): Promise<void> => {
  await settle(readdirSync('/run/netns'))
  const { code, stdout, stderr } = await run(['sh', '-c', command], { netns: node, cwd: folder })
  const whole = `${node}# ${command}\n${stdout}${stderr}exit ${String(code)}`
  assert.equal(code, 0, whole)
  for (const line of output) assert.ok(stdout.includes(line), `no "${line}" in\n${whole}`)
}

/** What a README that broke off has left running. */
const endServers = async (): Promise<void> => {
  for (const name of readdirSync('/run/netns')) {
    const printed = await succeed(['ip', 'netns', 'pids', name])
    for (const pid of printed.split('\n').filter((text) => text !== '')) process.kill(Number(pid))
  }
}

const commands = listCommands()
assert.ok(commands.length > 0, 'the README has no ```console block')
try {
  for (const one of commands) await show(one)
} finally {
  await endServers()
}
console.log(`${String(commands.length)} commands`)
