import test from 'ava'
import { readDocuments } from '../documents.ts'
import { createNode } from '../node/harness.ts'
import { bridge, netplan } from './cli.ts'

const commands = ['apply', 'check', 'destroy', 'explain', 'plan', 'schema', 'show', 'validate']
const reading = commands.filter((name) => name !== 'explain' && name !== 'schema')

const wrong: readonly (readonly [string, readonly string[]])[] = [
  ['an unknown command', ['aply']],
  ['an unknown flag before the command', ['--nope']],
  ...commands.map((name) => [`${name}: an unknown flag`, [name, '--nope']] as const),
  ...reading.map((name) => [`${name}: an argument too many`, [name, 'node.yaml']] as const),
  ...reading.map((name) => [`${name}: -f without a value`, [name, '-f']] as const),
  ['plan: --netns without a value', ['plan', '--netns']],
  ['plan: a format that does not exist', ['plan', '--format', 'xml']],
  ['plan: --var without "="', ['plan', '--var', 'uplink']],
  ['explain: a key that does not exist', ['explain', 'vxlans.prot']],
]

for (const [title, args] of wrong) {
  test.serial(`64, usage: ${title}`, async (t) => {
    const [text, json] = await Promise.all([netplan(args), netplan([...args, '--json'])])
    t.is(text.code, 64)
    t.is(text.stdout, '')
    t.regex(text.stderr, /^netplan: \S/)
    t.notRegex(text.stderr, /^\s+at /m)
    t.is(json.code, 64)
    t.is(json.stderr, '')
    const [document] = readDocuments(json.stdout)
    t.like(document, { error: { code: 'usage', diagnostics: [] } })
  })
}

for (const command of ['apply', 'destroy']) {
  test.serial(`64, usage: ${command} without a terminal has nobody to ask`, async (t) => {
    const { name: node, remove } = createNode()
    try {
      if (command === 'destroy') {
        await netplan(['apply', '--auto-approve', '--netns', node], { input: bridge })
      }
      const { code, stderr } = await netplan([command, '--netns', node], { input: bridge })
      t.is(code, 64)
      t.regex(stderr, /--auto-approve/)
      const json = await netplan([command, '--netns', node, '--json'], { input: bridge })
      t.is(json.code, 64)
      t.like(readDocuments(json.stdout).at(-1), { error: { code: 'usage' } })
      const { code: after } = await netplan(['check', '--netns', node], { input: bridge })
      t.is(after, command === 'apply' ? 2 : 0)
    } finally {
      remove()
    }
  })
}
