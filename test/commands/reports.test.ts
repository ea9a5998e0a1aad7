// The formats of pipelines, from the command line: what is asked for is there, whatever becomes of the command.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { createNode } from '../node/harness.ts'
import type { Ended } from '../run.ts'
import {
  checkGitlab,
  checkJunit,
  readGithub,
  readSarif,
  renderMarkdown,
} from '../present/pipeline/consumers.ts'
import { readDocuments } from '../documents.ts'
import { netplan } from './cli.ts'

const node = createNode()
const folder = mkdtempSync('/run/netplan-test-')
const at = ['--netns', node.name]

test.after.always(() => {
  node.remove()
  rmSync(folder, { recursive: true })
})

const config = `bridges:
  br0: { addresses: [10.9.0.1/24], mtu: 1400 }
routes:
  - { to: 10.11.0.0/16, type: blackhole }
checks:
  - { ping: 10.9.0.1 }
  - { tcp: "10.9.0.1:9" }
`

writeFileSync(join(folder, 'node.yaml'), config)
writeFileSync(join(folder, 'other.yaml'), 'bridges: { br1: {} }\n')

const run = (...args: string[]): Promise<Ended> =>
  netplan([...args, '-f', 'node.yaml'], { cwd: folder })

const read = (file: string): string => readFileSync(join(folder, file), 'utf8')

const all = ['markdown', 'junit', 'sarif', 'github', 'gitlab', 'json', 'text']

/** Runs a command with a report in each format, and reads them all. */
const report = async (t: ExecutionContext, ...args: string[]): Promise<Ended> => {
  for (const format of all) rmSync(join(folder, format), { force: true })
  const ended = await run(...args, ...all.flatMap((one) => ['--report', `${one}=${one}`]))
  for (const format of all) t.true(existsSync(join(folder, format)), format)
  t.deepEqual(
    readdirSync(folder).filter((name) => name.endsWith('.new')),
    [],
  )
  await checkJunit(read('junit'))
  checkGitlab(read('gitlab'))
  t.regex(renderMarkdown(read('markdown')), /^<h3>netplan /)
  t.is(readDocuments(read('json')).length, 1)
  return ended
}

const placesOf = (file: string): readonly string[] =>
  readSarif(read(file)).map(({ ruleId, locations: [one] }) => {
    const place = one?.physicalLocation
    return `${ruleId} ${place?.artifactLocation.uri ?? ''}:${String(place?.region.startLine)}`
  })

test.serial('plan: all formats at once, beside the text', async (t) => {
  const ended = await report(t, 'plan', ...at)
  const alone = await run('plan', ...at)
  t.deepEqual(ended, alone)
  t.is(ended.code, 0)
  t.is(read('text'), alone.stdout)
  t.is(read('json'), (await run('plan', ...at, '--json')).stdout)
  for (const format of all.slice(0, 5)) {
    const { stdout, code } = await run('plan', ...at, '--format', format)
    t.deepEqual([stdout, code], [read(format), 0], format)
  }
  t.is(read('gitlab'), '{"create":3,"update":0,"delete":0}\n')
  t.deepEqual(placesOf('sarif'), ['change node.yaml:2', 'change node.yaml:2', 'change node.yaml:4'])
  const notices = readGithub(read('github'))
  t.deepEqual(
    notices.map(({ command, properties: { file, line } }) => [command, file, line]),
    [
      ['notice', 'node.yaml', '2'],
      ['notice', 'node.yaml', '2'],
      ['notice', 'node.yaml', '4'],
    ],
  )
  t.regex(read('markdown'), /^\*\*3 to add, 0 to change, /m)
})

test.serial('plan: from a snapshot, the same formats as on the node', async (t) => {
  await report(t, 'plan', ...at)
  const before = all.map(read)
  const taken = await run('show', ...at, '--snapshot', join(folder, 'state.json'))
  t.is(taken.code, 0)
  await report(t, 'plan', '--state', 'state.json')
  t.deepEqual(all.map(read), before)
})

test.serial('check: no drift, and drift', async (t) => {
  const applied = await run('apply', '--auto-approve', ...at)
  t.is(applied.code, 0, applied.stderr)
  t.is((await report(t, 'check', ...at)).code, 0)
  t.is(read('gitlab'), '[]\n')
  t.is(read('github'), '')
  t.regex(read('junit'), / failures="0" /)
  t.regex(read('markdown'), /No drift/)

  node.ip('link set br0 mtu 1300')
  node.ip('route delete blackhole 10.11.0.0/16')
  node.ip('address add 10.9.7.1/24 dev br0')
  const drifted = await report(t, 'check', ...at)
  t.is(drifted.code, 2)
  t.is(drifted.stdout, read('text'))
  t.regex(read('junit'), / failures="3" /)
  t.deepEqual(placesOf('sarif'), ['drift node.yaml:2', 'drift node.yaml:1', 'drift node.yaml:4'])
  const [first] = readGithub(read('github'))
  t.is(first?.command, 'error')
  t.regex(first?.message ?? '', /^bridge br0 differs\n~ {5}mtu +1300 -> 1400$/)
  t.is((await run('apply', '--auto-approve', ...at)).code, 0)
})

test.serial('check --probes', async (t) => {
  const { code } = await report(t, 'check', '--probes', ...at)
  t.is(code, 2)
  t.regex(read('junit'), /<testcase name="ping 10.9.0.1" [^>]*time="0\.\d+">/)
  t.regex(read('junit'), /<failure message="connection refused" type="tcp">/)
  t.deepEqual(placesOf('sarif'), ['check node.yaml:7'])
  t.regex(read('markdown'), /^- FAILED {2}tcp 10\.9\.0\.1:9 {2}connection refused$/m)
})

test.serial('validate: valid, and not', async (t) => {
  const valid = await report(t, 'validate', '-f', 'other.yaml')
  t.is(valid.code, 0)
  t.is(read('text'), valid.stdout)
  t.regex(read('junit'), / tests="2" failures="0" /)
  writeFileSync(join(folder, 'other.yaml'), 'bridges: { br1: { mtu: 7, adresses: [] } }\n')
  const invalid = await report(t, 'validate', '-f', 'other.yaml')
  t.is(invalid.code, 65)
  t.is(invalid.stdout, '')
  t.is(read('text'), invalid.stderr)
  t.regex(read('junit'), / tests="2" failures="1" /)
  t.deepEqual(placesOf('sarif'), ['schema other.yaml:1', 'unknown-key other.yaml:1'])
  t.is(readGithub(read('github')).length, 2)
  const github = await run('validate', '-f', 'other.yaml', '--format', 'github')
  t.deepEqual([github.stdout, github.code], [read('github'), 65])
  const json = await run('validate', '-f', 'other.yaml', '--json', '--report', 'junit=junit')
  t.is(readDocuments(json.stdout).length, 1)
  t.is(json.stderr, '')
  writeFileSync(join(folder, 'other.yaml'), 'bridges: { br1: {} }\n')
})

test.serial('what fails is in the reports, and nothing of an earlier run', async (t) => {
  node.ip('link add br1 type bridge')
  const files = ['-f', 'other.yaml']
  const conflict = await report(t, 'plan', ...at, ...files, '--report', 'script=script')
  t.is(conflict.code, 1)
  t.is(read('text'), conflict.stderr)
  t.is(read('gitlab'), '{}\n')
  t.deepEqual(placesOf('sarif'), ['conflict other.yaml:1'])
  t.regex(read('junit'), /<error message="no plan: 1 problem with this node; nothing was changed"/)
  t.throws(() => node.exec(['sh', join(folder, 'script')]), { message: /no plan: 1 problem/ })
  const nowhere = await report(t, 'check', '--netns', 'nowhere')
  t.is(nowhere.code, 1)
  t.deepEqual(placesOf('sarif'), ['failure node.yaml:1'])
  node.ip('link delete br1')
})

test.serial('rehearse: what would fail is at its line, and a case for each part', async (t) => {
  const good = await report(t, 'rehearse', ...at)
  t.is(good.code, 0, good.stderr)
  t.regex(read('junit'), / failures="0" errors="0">/)
  t.regex(read('markdown'), /^`The node is as described: there is nothing to apply\.`$/m)
  const other = 'routes: [{ to: 10.12.0.0/16, via: 10.99.0.8 }]\n'
  writeFileSync(join(folder, 'other.yaml'), other)
  const bad = await report(t, 'rehearse', ...at, '-f', 'other.yaml')
  t.is(bad.code, 1, bad.stderr)
  t.regex(read('junit'), /<testcase name="apply" [^>]*>\n {6}<failure /)
  t.true(placesOf('sarif').includes('node other.yaml:1'))
  writeFileSync(join(folder, 'other.yaml'), 'bridges: { br1: {} }\n')
})

test.serial('a fleet: a case for each node, and the sums', async (t) => {
  const fleet = (names: readonly string[]): string => {
    const nodes = names.map((name, index) => `${name}: { address: 172.16.0.${String(index + 1)} }`)
    return `cluster:\n  podCIDR: 10.244.0.0/16\n  podCIDRFrom: position\n  nodes: { ${nodes.join(', ')} }\n`
  }
  writeFileSync(join(folder, 'old.yaml'), fleet(['one', 'two']))
  writeFileSync(join(folder, 'new.yaml'), fleet(['one', 'two', 'three']))
  const formats = all.filter((one) => one !== 'json')
  const reports = formats.flatMap((one) => ['--report', `${one}=${one}`])
  const plan = ['plan', '--fleet', '--against', 'old.yaml', '-f', 'new.yaml']
  const { code, stdout, stderr } = await netplan([...plan, ...reports], { cwd: folder })
  t.is(code, 0, stderr)
  t.is(read('text'), stdout)
  await checkJunit(read('junit'))
  for (const name of ['one', 'two', 'three'])
    t.regex(read('junit'), new RegExp(`<testcase name="${name}" `))
  const sums = /(\d+) to add, (\d+) to change, 0 to replace, (\d+) to destroy/.exec(stdout) ?? []
  const [create, update, gone] = sums.slice(1).map(Number)
  t.deepEqual(JSON.parse(read('gitlab')), { create, update, delete: gone })
  t.regex(renderMarkdown(read('markdown')), /^<h3>netplan plan: 3 nodes<\/h3>/)
  for (const { command } of readGithub(read('github'))) t.is(command, 'warning')
  readSarif(read('sarif'))
  const json = await netplan([...plan, '--json', '--report', 'gitlab=gitlab'], { cwd: folder })
  t.is(readDocuments(json.stdout).length, 1)
  for (const format of ['json', 'script']) {
    const refused = await netplan([...plan, '--report', `${format}=x`], { cwd: folder })
    t.is(refused.code, 64)
  }
})

test.serial('a report on standard output comes after what is there anyway', async (t) => {
  const plan = ['plan', ...at]
  const { stdout } = await run(...plan, '--report', 'gitlab=-')
  t.is(stdout, `${(await run(...plan)).stdout}{"create":0,"update":0,"delete":0}\n`)
})

test.serial('files are written as a whole, as the umask and what was there have it', async (t) => {
  const mode = (file: string): number => statSync(join(folder, file)).mode & 0o777
  rmSync(join(folder, 'junit'), { force: true })
  writeFileSync(join(folder, 'new'), '')
  t.is((await run('validate', '--report', 'junit=junit')).code, 0)
  t.is(mode('junit'), mode('new'))
  chmodSync(join(folder, 'junit'), 0o600)
  t.is((await run('validate', '--report', 'junit=junit')).code, 0)
  t.is(mode('junit'), 0o600)
  await checkJunit(read('junit'))
})

test.serial('1: where a report has no place to go, nothing is done', async (t) => {
  mkdirSync(join(folder, 'directory'), { recursive: true })
  symlinkSync('/nonexistent', join(folder, 'link'))
  for (const file of ['none/junit', 'directory', 'link', '/dev/null']) {
    const { code, stdout, stderr } = await run('plan', ...at, '--report', `junit=${file}`)
    t.is(code, 1, file)
    t.is(stdout, '')
    t.regex(stderr, /^netplan: cannot write \S+: .+\n$/)
  }
})

test.serial('1: a report that cannot be written is said, and the exit code is that', async (t) => {
  const { code, stderr } = await run('plan', ...at, '--report', 'junit=/proc/junit')
  t.is(code, 1)
  t.regex(stderr, /^netplan: cannot write \/proc\/junit: .+\n$/)
})

for (const value of ['junit', 'xml=file', 'junit=', '=file', 'script=file']) {
  test.serial(`64, usage: check --report ${value}`, async (t) => {
    const { code, stdout, stderr } = await run('check', ...at, '--report', value)
    t.is(code, 64)
    t.is(stdout, '')
    t.regex(stderr, /^netplan: --report takes FORMAT=FILE, not .*: a format is one of text, json, /)
  })
}

test.serial('64, usage: two reports to one file', async (t) => {
  const reports = ['--report', 'junit=file', '--report', 'sarif=file']
  const { code, stderr } = await run('validate', ...reports)
  t.is(code, 64)
  t.is(stderr, 'netplan: two files go to file\n')
  t.false(existsSync(join(folder, 'file')))
})

test.serial('64, usage: two files of one name, and what was read', async (t) => {
  symlinkSync(folder, join(folder, 'same'))
  const two = await run('plan', ...at, '--report', 'junit=file', '--out', 'same/file')
  t.deepEqual([two.code, two.stderr], [64, 'netplan: two files go to file\n'])
  for (const args of [
    ['plan', ...at, '--out', 'node.yaml'],
    ['plan', ...at, '--out', 'same/node.yaml'],
    ['plan', ...at, '--report', 'markdown=node.yaml'],
    ['validate', '--report', 'junit=same/node.yaml'],
    ['show', ...at, '--snapshot', 'node.yaml'],
  ]) {
    const { code, stdout, stderr } = await run(...args)
    t.is(code, 64, args.join(' '))
    t.is(stdout, '')
    t.regex(
      stderr,
      /node\.yaml is what this is made from, and would be lost: write to another file\n$/,
    )
    t.is(read('node.yaml'), config)
  }
  // One of a folder, and one that is invalid.
  mkdirSync(join(folder, 'node.d'))
  const inside = join(folder, 'node.d', 'a.yaml')
  for (const text of ['bridges: { br9: {} }\n', 'bridges: 7\n']) {
    writeFileSync(inside, text)
    const args = ['validate', '-f', 'node.d', '--report', 'junit=node.d/a.yaml']
    const ended = await netplan(args, { cwd: folder })
    t.not(ended.code, 0)
    t.is(readFileSync(inside, 'utf8'), text)
  }
  const snapshot = join(folder, 'state.json')
  await run('show', ...at, '--snapshot', snapshot)
  const before = readFileSync(snapshot, 'utf8')
  t.is((await run('plan', '--state', snapshot, '--out', snapshot)).code, 64)
  t.is(readFileSync(snapshot, 'utf8'), before)
})

test.serial('a saved plan on standard output, and reports in files', async (t) => {
  const ended = await run(
    'plan',
    ...at,
    '--out',
    '-',
    '--report',
    'json=beside',
    '--report',
    'text=text',
  )
  t.is((JSON.parse(ended.stdout) as { type: string }).type, 'plan')
  const beside = JSON.parse(read('beside')) as { changes: object[]; type?: string }
  t.deepEqual([beside.type, beside.changes], [undefined, []])
  t.regex(read('text'), /^No changes\./)
  const wrong = await run('plan', ...at, '--out', '-', '--format', 'markdown')
  t.deepEqual([wrong.code, wrong.stdout], [64, ''])
  t.is(wrong.stderr, 'netplan: standard output is for one of --out - and --format markdown\n')
  const both = await run('plan', ...at, '--out', '-', '--report', 'junit=-')
  t.is(both.stderr, 'netplan: standard output is for one of --out - and --report junit=-\n')
})
