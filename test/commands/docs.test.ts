// What the documents show is what the program does.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { exitCodes } from '../../src/commands/failure.ts'
import { createNode } from '../node/harness.ts'
import { root, run } from '../run.ts'
import { netplan, program } from './cli.ts'

const read = (file: string): string => readFileSync(join(root, file), 'utf8')

/** The first fenced block of that language, after the text. */
const blockOf = (file: string, language: string, after = ''): string => {
  const text = read(file)
  const rest = text.slice(text.indexOf(after))
  return new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'm').exec(rest)?.[1] ?? ''
}

const withoutFirstLine = (text: string): string => text.slice(text.indexOf('\n') + 1)

test.serial('README: the plan is that of the file', async (t) => {
  const node = createNode()
  const folder = mkdtempSync('/run/netplan-test-')
  try {
    // The name of the pod is one that another test may have taken on this machine.
    const name = node.ns('p')
    const rename = (text: string): string => text.replaceAll('pod1', name)
    writeFileSync(join(folder, 'netplan.yaml'), rename(blockOf('README.md', 'yaml')))
    const { code, stdout } = await netplan(['plan', '--netns', node.name], { cwd: folder })
    t.is(code, 0)
    const [head = ''] = stdout.split('\n')
    t.regex(head, /^netplan will change node /)
    const words = (text: string): string[] => withoutFirstLine(text).split(/\s+/)
    t.deepEqual(words(stdout), words(rename(blockOf('README.md', 'diff'))))
  } finally {
    rmSync(folder, { recursive: true })
    node.remove()
  }
})

test.serial('README: from review to night watch, as printed', async (t) => {
  const node = createNode()
  const folder = mkdtempSync('/run/netplan-test-')
  try {
    const name = node.ns('p')
    writeFileSync(
      join(folder, 'netplan.yaml'),
      blockOf('README.md', 'yaml').replaceAll('pod1', name),
    )
    const lines = blockOf('README.md', 'sh', '## From review').trimEnd().split('\n')
    t.is(lines.length, 7)
    const env = { NETPLAN_NETNS: node.name, NETPLAN_PROGRAM: program.join(' ') }
    for (const line of lines) {
      const [command = ''] = line.split('#')
      // There is nobody to ask; and a rehearsal from a snapshot is of no namespace of this machine.
      const asked = command.replace(/^netplan apply /, '$&--auto-approve ')
      const unset = asked.includes('--state') ? 'unset NETPLAN_NETNS; ' : ''
      const script = `${unset}netplan() { $NETPLAN_PROGRAM "$@"; }; ${asked}`
      const { code, stdout, stderr } = await run(['sh', '-c', script], { cwd: folder, env })
      t.is(code, 0, `${command}\n${stdout}${stderr}`)
    }
    t.regex(readFileSync(join(folder, 'plan.md'), 'utf8'), /8 to add, 1 to change/)
    t.regex(readFileSync(join(folder, 'drift.xml'), 'utf8'), /the node matches its configuration/)
  } finally {
    rmSync(folder, { recursive: true })
    node.remove()
  }
})

test.serial('commands.md: a rehearsal that fails', async (t) => {
  const node = createNode()
  const folder = mkdtempSync('/run/netplan-test-')
  try {
    const route = '{ to: 10.9.0.0/16, via: 10.99.0.1 }'
    const yaml = `bridges:\n  br0: { addresses: [10.9.1.1/24] }\nroutes:\n  - ${route}\n`
    writeFileSync(join(folder, 'edge.yaml'), yaml)
    const printed = blockOf('docs/commands.md', 'console', '## Rehearsals')
    const [command = '', ...lines] = printed.trimEnd().split('\n')
    const args = command.replace('$ netplan ', '').split(' ')
    const ended = await netplan([...args, '--netns', node.name], { cwd: folder })
    t.is(ended.code, 4)
    const told = `${ended.stderr}${ended.stdout}`.split('\n')
    t.deepEqual(
      lines.filter((line) => line !== '...'),
      told.filter((line) => lines.includes(line)),
    )
  } finally {
    rmSync(folder, { recursive: true })
    node.remove()
  }
})

test.serial('configuration.md: the file is valid', async (t) => {
  const input = blockOf('docs/configuration.md', 'yaml')
  const { code, stderr } = await netplan(['validate'], { input })
  t.deepEqual([code, stderr], [0, ''])
})

test.serial('configuration.md: the errors are those of the file', async (t) => {
  const expected = blockOf('docs/configuration.md', '', '## Bad input')
  const input = 'bridges:\n  br0: { adresses: [10.9.0.1/24], mtu: 12 }\n'
  const { stderr } = await netplan(['validate'], { input })
  t.is(stderr.replaceAll('<stdin>', 'node.yaml'), expected)
})

test.serial('configuration.md tells of every key', async (t) => {
  const text = read('docs/configuration.md')
  const { stdout } = await netplan(['schema'])
  const keys = new Set<string>()
  const collect = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    const { properties } = node as { readonly properties?: object }
    for (const key of Object.keys(properties ?? {})) keys.add(key)
    for (const inner of Object.values(node)) collect(inner)
  }
  collect(JSON.parse(stdout))
  const missing = [...keys].filter((key) => !new RegExp(`\\b${key}\\b`).test(text))
  t.deepEqual(missing, [])
})

test.serial('commands.md tells of every command, flag and exit code', async (t) => {
  const text = read('docs/commands.md')
  const flagsOf = (one: string): string[] => [...one.matchAll(/--[a-z][a-z-]+/g)].map(String)
  const { stdout } = await netplan(['--help'])
  const commands = [...stdout.matchAll(/^ {2}([a-z]+) {2,}\S/gm)].map(([, name = '']) => name)
  t.true(commands.length >= 8)
  const [present = ''] = text.split('## Not yet')
  for (const command of commands) {
    t.true(present.includes(`\`netplan ${command}`), command)
    const help = await netplan([command, '--help'])
    for (const flag of flagsOf(help.stdout)) t.true(present.includes(flag), `${command} ${flag}`)
  }
  for (const code of Object.values(exitCodes)) t.regex(present, new RegExp(`\\b${String(code)}\\b`))
})
