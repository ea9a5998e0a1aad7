import test from 'ava'
import { readDocuments } from '../documents.ts'
import { createNode } from '../node/harness.ts'
import { run } from '../run.ts'
import { bridge, netplan, program } from './cli.ts'

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

test.serial('64, usage: --json is no other format', async (t) => {
  const { code, stdout, stderr } = await netplan(['plan', '--json', '--format', 'junit'])
  t.deepEqual([code, stderr], [64, ''])
  const message = '--json is --format json: not beside --format junit'
  t.like(readDocuments(stdout), [{ error: { code: 'usage', message } }])
})

const meant: readonly (readonly [string, string])[] = [
  ['plann', 'there is no command "plann": did you mean "netplan plan"?'],
  ['constructor', 'there is no command "constructor": netplan --help lists what there is'],
  ['try', 'there is no command "try": did you mean "netplan apply --confirm-within 60s"?'],
  ['plan x.yaml', 'plan takes no argument "x.yaml": a configuration is given by -f x.yaml'],
  ['import x.yaml', 'import takes no argument "x.yaml": what is written is given by -o x.yaml'],
  ['doctor now', 'doctor takes no argument "now": netplan doctor --help tells what it takes'],
  ['plan -out=x', 'plan has no flag -out: did you mean --out?'],
  ['plan -o x', 'plan has no flag -o: did you mean --out?'],
  ['import --out x', 'import has no flag --out: did you mean --output?'],
  ['plan --fall', 'plan has no flag --fall: did you mean --full?'],
  ['plan --refresh', 'plan has no flag --refresh: netplan plan --help lists what there is'],
  ['apply -y', 'apply has no flag -y: did you mean --auto-approve?'],
  ['apply --dry-run', 'apply has no flag --dry-run: "netplan plan" shows what would be done'],
  ['plan --fleet --out x', '--fleet cannot also be provided when using --out'],
]

for (const [line, message] of meant) {
  test.serial(`what was meant by ${line}`, async (t) => {
    const { code, stdout, stderr } = await netplan(line.split(' '))
    t.deepEqual([code, stdout, stderr], [64, '', `netplan: ${message}\n`])
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

test('who has no name on this machine is told as much', async (t) => {
  const script = 'mount --bind /dev/null /etc/passwd && exec env -i "$@"'
  const argv = ['unshare', '--mount', 'sh', '-c', script, 'sh', ...program, 'plna']
  const { code, stderr } = await run(argv)
  t.is(code, 64)
  t.regex(stderr, /did you mean "netplan plan"/)
})
