import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { readDocuments } from '../documents.ts'
import { createNode } from '../node/harness.ts'
import { root, run } from '../run.ts'
import type { Ended } from '../run.ts'
import { bridge, netplan, program } from './cli.ts'

const node = createNode()
const at = ['--netns', node.name]

test.after.always(() => {
  node.remove()
})

test.serial('the text of a plan', async (t) => {
  const { stdout } = await netplan(['plan', ...at], { input: bridge })
  t.is(
    stdout,
    `netplan will change node ${node.name} (owner netplan, 0 objects read):

+ bridge br0                                                <stdin>:2:3
+ address 10.9.0.1/24 on br0                                <stdin>:2:22

Plan: 2 to add, 0 to change, 0 to replace, 0 to destroy.
  + bridge br0   + address 10.9.0.1/24 on br0
`,
  )
})

test.serial('the script of a plan does what apply does', async (t) => {
  const other = createNode()
  try {
    const at = ['--netns', other.name]
    const { stdout } = await netplan(['plan', '--format', 'script', ...at], { input: bridge })
    t.regex(stdout, /^#!\/bin\/sh\nset -eu\n/)
    other.exec(['sh', '-c', stdout])
    t.is((await netplan(['check', ...at], { input: bridge })).code, 0)
  } finally {
    other.remove()
  }
})

test.serial('colours: on a terminal or forced, and never against NO_COLOR', async (t) => {
  const cases: readonly (readonly [boolean, Record<string, string>, string[]])[] = [
    [false, {}, []],
    [true, { FORCE_COLOR: '1' }, []],
    [false, { FORCE_COLOR: '0' }, []],
    [false, { FORCE_COLOR: '1', NO_COLOR: '1' }, []],
    [false, { FORCE_COLOR: '1' }, ['--no-color']],
  ]
  for (const [colored, env, flags] of cases) {
    const none = { NO_COLOR: undefined, FORCE_COLOR: undefined }
    const { stdout } = await netplan(['plan', ...at, ...flags], {
      input: bridge,
      env: { ...none, ...env },
    })
    t.is(stdout.includes('\u001B['), colored, JSON.stringify([env, flags]))
    t.regex(stdout, /\+ bridge br0/)
  }
})

const shell = (line: string, input = bridge): ReturnType<typeof run> =>
  run(['sh', '-c', line, 'sh', ...program], { input })

test.serial('a reader that leaves early ends nothing', async (t) => {
  const schema = await shell('{ "$@" schema; echo "exit $?" >&2; } | head -n 1')
  t.deepEqual([schema.stdout, schema.stderr], ['{\n', 'exit 0\n'])
  const other = createNode()
  try {
    const apply = `"$@" apply --auto-approve --netns ${other.name} -f -`
    const { stdout, stderr } = await shell(`{ ${apply}; echo "exit $?" >&2; } | head -n 1`)
    t.regex(stdout, /^netplan will change node .*\n$/)
    t.is(stderr, 'exit 0\n')
    t.is((await netplan(['check', '--netns', other.name], { input: bridge })).code, 0)
  } finally {
    other.remove()
  }
})

test.serial('standard output that is closed is no error', async (t) => {
  const { code, stderr } = await shell(`"$@" plan --netns ${node.name} -f - >&-`)
  t.deepEqual([code, stderr], [0, ''])
})

test.serial('standard output on a full disk is one line', async (t) => {
  const { code, stderr } = await shell(`"$@" plan --netns ${node.name} -f - >/dev/full`)
  t.is(code, 1)
  t.regex(stderr, /^netplan: .*\n$/)
})

test.serial('no code of a home folder is run', async (t) => {
  const home = mkdtempSync('/run/netplan-test-')
  const data = join(home, '.local/share/netplan')
  const plugin = join(data, 'node_modules/stranger')
  mkdirSync(plugin, { recursive: true })
  const plugins = [{ name: 'stranger', type: 'user', tag: 'latest' }]
  const write = (file: string, content: object): void => {
    writeFileSync(file, JSON.stringify(content))
  }
  write(join(data, 'package.json'), { oclif: { plugins }, dependencies: { stranger: '1.0.0' } })
  const oclif = { hooks: { init: './hook' } }
  write(join(plugin, 'package.json'), {
    name: 'stranger',
    version: '1.0.0',
    main: 'hook.js',
    oclif,
  })
  writeFileSync(join(plugin, 'hook.js'), 'module.exports = async () => console.log("stranger")\n')
  try {
    const { stdout } = await netplan(['validate'], { input: bridge, env: { HOME: home } })
    t.is(stdout, 'Valid: <stdin> (owner netplan, 2 objects).\n')
  } finally {
    rmSync(home, { recursive: true })
  }
})

test.serial('--json prints one document and nothing else', async (t) => {
  for (const args of [['plan'], ['check'], ['show']]) {
    const { stdout, stderr } = await netplan([...args, ...at, '--json'], { input: bridge })
    t.is(readDocuments(stdout).length, 1)
    t.is(stderr, '')
  }
  const format = await netplan(['plan', '--format', 'json', ...at], { input: bridge })
  const flag = await netplan(['plan', '--json', ...at], { input: bridge })
  t.is(format.stdout, flag.stdout)
  const { stdout } = await netplan(['validate', '--json'], { input: bridge })
  t.deepEqual(readDocuments(stdout), [
    { formatVersion: '1.0', valid: true, files: ['<stdin>'], objects: 2, diagnostics: [] },
  ])
})

test.serial(
  'validate reads once, and looks at every node or at the one that is named',
  async (t) => {
    const input = `
cluster:
  podCIDR: 10.244.0.0/16
  podCIDRFrom: position
  reserved: [10.0.0.0/24]
  nodes: { one: { address: 192.168.0.1 }, two: { address: 192.168.0.2 } }
pods: { web: { node: one } }
`
    const all = await netplan(['validate', '-f', '-'], { input })
    t.is(all.stdout, 'Valid: <stdin> (owner netplan, 2 nodes, 18 objects).\n')
    const one = await netplan(['validate', '-f', '-', '--node', 'one'], { input })
    t.is(one.stdout, 'Valid: <stdin> (owner netplan, 1 node, 12 objects).\n')
    for (const { stderr } of [all, one]) t.is(stderr.match(/ warning: /g)?.length, 1)
    const three = await netplan(['validate', '-f', '-', '--node', 'three'], { input })
    t.is(three.code, 1)
    t.regex(three.stderr, /the cluster has no node "three"/)
  },
)

test.serial('files, folders, standard input and variables', async (t) => {
  const folder = join(root, 'examples/safe-apply')
  const file = await netplan(['validate', '-f', join(folder, 'node-1.yaml')])
  t.regex(file.stdout, /^Valid: .*node-1\.yaml \(owner netplan, 16 objects\)\.\n$/)
  const bothNodes = await netplan(['validate', '-f', folder])
  t.is(bothNodes.code, 65)
  t.regex(bothNodes.stderr, /is declared in two files/)
  const input = 'bridges:\n  br0: { mtu: "${mtu}" }\n'
  const { stdout } = await netplan(['plan', '--json', '--var', 'mtu=1400', ...at], { input })
  t.like(readDocuments(stdout), [{ changes: [{ after: { mtu: 1400 } }] }])
  const unset = await netplan(['plan', ...at], { input })
  t.is(unset.code, 65)
  t.regex(unset.stderr, /undefined variable "mtu"/)
})

test.serial('--help and --version', async (t) => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    version: string
  }
  const shown = await netplan(['--version'])
  t.is(shown.code, 0)
  t.true(shown.stdout.startsWith(`netplan/${version} `))
  const top = await netplan(['--help'])
  t.is(top.code, 0)
  for (const name of [
    'apply',
    'check',
    'destroy',
    'explain',
    'plan',
    'schema',
    'show',
    'validate',
  ]) {
    t.regex(top.stdout, new RegExp(`^ {2}${name} `, 'm'))
    const help = await netplan([name, '--help'])
    t.is(help.code, 0, name)
    t.regex(help.stdout, /^USAGE$/m)
  }
})

test.serial('help fits a terminal, and says first what a command does', async (t) => {
  const { stdout: top } = await netplan(['--help'])
  const listed = [...top.matchAll(/^ {2}([a-z]+) {2,}(\S.*)$/gm)]
  t.true(listed.length > 10)
  for (const [, name = '', summary = ''] of listed) {
    const { stdout } = await netplan([name, '--help'])
    t.is(stdout.split('\n')[0], summary)
    const wide = `${top}${stdout}`.split('\n').filter((line) => line.length > 80)
    t.deepEqual(wide, [], name)
    // What oclif makes of flags that exclude each other.
    t.notRegex(stdout, /\| +\|| \]/, name)
  }
})

test.serial('schema prints the schema', async (t) => {
  const { code, stdout } = await netplan(['schema'])
  t.is(code, 0)
  const published = readFileSync(join(root, 'schemas/netplan.schema.json'), 'utf8')
  t.deepEqual(JSON.parse(stdout), JSON.parse(published))
})

test.serial('explain: one key', async (t) => {
  const key = await netplan(['explain', 'vxlans.id'])
  t.is(key.code, 0)
  t.regex(key.stdout, /^vxlans\.\*\.id: a whole number from 0 to 16777215$/m)
  const json = await netplan(['explain', 'vxlans.id', '--json'])
  t.like(JSON.parse(json.stdout), { path: 'vxlans.*.id', required: true, replaces: true })
})

test.serial('explain reads nothing', async (t) => {
  const { code, stdout } = await run([...program, 'explain'], { input: 'vxlans.id' })
  t.is(code, 0)
  t.is(stdout, (await netplan(['explain'])).stdout)
})

test.serial('explain without a path is about the whole file', async (t) => {
  const { code, stdout } = await netplan(['explain'])
  t.is(code, 0)
  t.regex(stdout, /^ {2}bridges/m)
})

/** Runs it on a terminal, and types the answer when it asks. */
const answer = async (command: string, text: string): Promise<Omit<Ended, 'stderr'>> => {
  const file = join(root, 'test/commands/bridge.yaml')
  const line = [...program, ...command.split(' '), '-f', file].join(' ')
  const child = spawn('script', ['-qec', line, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] })
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    if (!stdout.includes('goes ahead') && (stdout + chunk).includes('goes ahead')) {
      child.stdin.write(text)
    }
    stdout += chunk
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code: code ?? -1, stdout }
}

test.serial('a person is asked, and only "yes" goes ahead', async (t) => {
  const other = createNode()
  try {
    const no = await answer(`apply --netns ${other.name}`, 'y\n')
    t.is(no.code, 1)
    t.regex(no.stdout, /Only "yes" goes ahead: [^]*cancelled: nothing was changed/)
    t.is(other.ip('-o link show type bridge'), '')
    const yes = await answer(`apply --netns ${other.name}`, 'yes\n')
    t.is(yes.code, 0, yes.stdout)
    t.regex(yes.stdout, /Done: 2 added/)
    const destroyed = await answer(`destroy --netns ${other.name}`, 'yes\n')
    t.is(destroyed.code, 0, destroyed.stdout)
    t.is(other.ip('-o link show type bridge'), '')
  } finally {
    other.remove()
  }
})

test.serial('130: Ctrl-C at the question', async (t) => {
  const { code, stdout } = await answer(`apply --netns ${node.name}`, '\u0003')
  t.is(code, 130)
  t.notRegex(stdout, /internal error/)
})
