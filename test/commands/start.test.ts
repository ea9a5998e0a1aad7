import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { commands } from '../../src/commands/index.ts'
import { root, run } from '../run.ts'
import { hasOthers } from '../users.ts'

/** The program in a folder of its own, as it comes: nothing of it was compiled. */
const install = (t: ExecutionContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'netplan-start-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  chmodSync(folder, 0o755)
  for (const name of ['bin', 'dist']) mkdirSync(join(folder, name), { mode: 0o755 })
  const parts = readdirSync(join(root, 'dist')).filter((name) => /\.(?:cjs|json)$/.test(name))
  for (const name of ['package.json', 'bin/run.cjs', ...parts.map((part) => join('dist', part))])
    cpSync(join(root, name), join(folder, name))
  return folder
}

const start = async (t: ExecutionContext, folder: string, ...before: string[]): Promise<void> => {
  const argv = [...before, process.execPath, join(folder, 'bin/run.cjs'), 'explain', 'bridges']
  const { code, stdout, stderr } = await run(argv)
  t.is(code, 0, stderr)
  t.regex(stdout, /^bridges/)
  t.is(stderr, '')
}

const cacheOf = (folder: string): string => join(folder, 'dist/netplan.cache')

const marksOf = (folder: string): readonly number[] => {
  const { ino, mode, uid } = lstatSync(cacheOf(folder))
  return [ino, mode & 0o7777, uid]
}

test('what is compiled is kept, and taken the next time', async (t) => {
  const folder = install(t)
  await start(t, folder)
  const marks = marksOf(folder)
  t.is(marks[1], 0o644)
  await start(t, folder)
  t.deepEqual(marksOf(folder), marks)
})

// Alone: what takes five seconds is not kept.
test.serial(
  'the first start of all is as quiet as any, though all of it is compiled',
  async (t) => {
    const folder = install(t)
    rmSync(join(folder, 'dist/help.json'))
    const { code, stderr } = await run([process.execPath, join(folder, 'bin/run.cjs'), '--help'])
    t.is(code, 0)
    t.is(stderr, '')
    t.true(readdirSync(join(folder, 'dist')).filter((name) => name.endsWith('.cache')).length > 5)
  },
)

const servedBy = (folder: string): string => {
  const content = readFileSync(cacheOf(folder), 'latin1')
  return content.slice(content.lastIndexOf('\n') + 1)
}

test('each command adds what it compiles, once, if it did what it does', async (t) => {
  const folder = install(t)
  const program = join(folder, 'bin/run.cjs')
  const sizes = (): number =>
    readdirSync(join(folder, 'dist'))
      .filter((name) => name.endsWith('.cache'))
      .reduce((sum, name) => sum + lstatSync(join(folder, 'dist', name)).size, 0)
  await start(t, folder)
  t.is(servedBy(folder), 'explain')
  const before = sizes()
  const validate = [program, 'validate', '-f']
  t.is((await run([...validate, 'no-such-file'])).code, 65)
  t.is(servedBy(folder), 'explain')
  t.is((await run([...validate, 'bench/work/small.yaml'])).code, 0)
  t.is(servedBy(folder), 'explain validate')
  t.true(sizes() > before)
  const marks = marksOf(folder)
  await start(t, folder)
  t.is((await run([...validate, 'bench/work/small.yaml'])).code, 0)
  t.deepEqual(marksOf(folder), marks)
})

const spoiled: Readonly<Record<string, (file: string) => void>> = {
  'anybody could have written': (file) => chmodSync(file, 0o666),
  ...(hasOthers && { 'somebody else wrote': (file) => chownSync(file, 65534, 65534) }),
  'is older than the program': (file) => utimesSync(file, 1, 1),
  'is cut short': (file) => writeFileSync(file, 'nothing that V8 knows'),
  'is a link': (file) => {
    renameSync(file, `${file}.other`)
    symlinkSync(`${file}.other`, file)
  },
}

for (const [what, spoil] of Object.entries(spoiled)) {
  test(`what ${what} is not run, and made anew`, async (t) => {
    const folder = install(t)
    await start(t, folder)
    const file = cacheOf(folder)
    spoil(file)
    const { ino } = lstatSync(file)
    await start(t, folder)
    const after = lstatSync(file)
    t.true(after.isFile())
    t.not(after.ino, ino)
    t.is(after.mode & 0o777, 0o644)
    t.is(after.uid, lstatSync(folder).uid)
  })
}

test('nothing is kept in a folder that others may write to, nor by others', async (t) => {
  const folder = install(t)
  chmodSync(join(folder, 'dist'), 0o777)
  await start(t, folder)
  t.false(existsSync(cacheOf(folder)))
  if (!hasOthers) return
  const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
  await start(t, folder, ...nobody)
  t.false(existsSync(cacheOf(folder)))
})

// What the tests are run by has colours, or not.
const plain = { DEBUG: undefined, FORCE_COLOR: undefined }
const long = { ...plain, OCLIF_COLUMNS: '80' }

test('the help that was written down is what oclif prints', async (t) => {
  const program = join(root, 'bin/run.cjs')
  const text = readFileSync(join(root, 'dist/help.json'), 'utf8')
  const subjects = Object.keys(JSON.parse(text) as Record<string, string>)
  const shown = Object.keys(commands).filter((name) => !['rehearsal', 'watchdog'].includes(name))
  t.deepEqual(subjects.toSorted(), ['', ...shown].toSorted())
  for (const subject of subjects) {
    const argv = [program, ...(subject === '' ? [] : [subject]), '--help']
    const [ready, made] = await Promise.all([run(argv, { env: plain }), run(argv, { env: long })])
    t.deepEqual(ready, made, subject)
    t.is(ready.code, 0)
  }
})

test('help is printed as it was written down, unless somebody asks for it in another way', async (t) => {
  const folder = install(t)
  const program = join(folder, 'bin/run.cjs')
  writeFileSync(join(folder, 'dist/help.json'), '{"":"ready {version}\\n","plan":"ready\\n"}')
  const ask = async (argv: string[], env: Readonly<Record<string, string | undefined>> = plain) =>
    (await run([program, ...argv], { env })).stdout
  const version = await ask(['--version'])
  for (const argv of [[], ['--help'], ['help']]) t.is(await ask(argv), `ready ${version}`)
  for (const argv of [
    ['plan', '--help'],
    ['help', 'plan'],
  ])
    t.is(await ask(argv), 'ready\n')
  for (const argv of [
    ['--help', 'plan'],
    ['plan', '--json', '--help'],
    ['apply', '--help'],
  ])
    t.regex(await ask(argv), /^USAGE\n {2}\$ netplan/m, argv.join(' '))
  t.regex(await ask(['--help'], { FORCE_COLOR: '1' }), /\u001B\[1mUSAGE/)
  t.regex(await ask(['plan', '--help'], { ...plain, OCLIF_COLUMNS: '60' }), /^USAGE/m)
})

// Two ways through the program: most commands take but a part of oclif, and the launcher knows its version.
test('the short ways say what the long one says', async (t) => {
  const program = join(root, 'bin/run.cjs')
  const [version, help] = await Promise.all([run([program, '--version']), run([program, '--help'])])
  t.true(help.stdout.includes(`VERSION\n  ${version.stdout}`), help.stdout)
  for (const argv of [['plan', '--nonsense'], ['plan', '-f'], ['plan', 'stray'], ['nonsense']]) {
    const { code, stdout, stderr } = await run([program, ...argv])
    t.is(code, 64, stderr)
    t.is(stdout, '')
    t.regex(stderr, /^netplan: /)
  }
  const asked = await run([program, 'plan', '-f', '--help'])
  t.regex(asked.stdout, /USAGE\n {2}\$ netplan plan/)
})
