// packaging/debian: the package by lintian, and how it is installed, works and goes, in a root of its own.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { isInstalled } from '../pipelines/installed.ts'
import { lintScripts } from '../pipelines/shellcheck.ts'
import { root as project, run } from '../run.ts'
import type { Ended } from '../run.ts'
import { packaging } from './unit.ts'

const folder = join(packaging, 'debian')
const place = mkdtempSync('/run/netplan-test-')
const root = join(place, 'root')
const deb = join(place, 'nodeplan_0.1.0_all.deb')
test.after.always(() => {
  rmSync(place, { recursive: true })
})

lintScripts(folder)

const env = { VERSION: '0.1.0', SOURCE_DATE_EPOCH: '1767225600' }
const builds = isInstalled('dpkg-deb', 'dpkg') ? test.serial : test.serial.skip

builds('the package can be built, and comes out the same again', async (t) => {
  const build = async (): Promise<Buffer> => {
    const { code, stdout, stderr } = await run(['sh', join(folder, 'build.sh'), place], { env })
    t.deepEqual([code, stdout, stderr], [0, `${deb}\n`, ''])
    return readFileSync(deb)
  }
  t.true((await build()).equals(await build()))
})

/** All that is in the root, but what dpkg notes of itself. */
const files = (): readonly string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .map((one) => join(one.parentPath, one.name).slice(root.length))
    .filter((path) => !path.startsWith('/var/lib/dpkg'))
    .sort()

/** As if the root were a machine, of which dpkg knows nothing but that it is empty. */
const dpkg = (...args: readonly string[]): Promise<Ended> =>
  run([
    'dpkg',
    `--root=${root}`,
    '--log=/dev/null',
    '--force-script-chrootless',
    '--force-depends',
    ...args,
  ])

builds('it is installed, works, and goes without a trace', async (t) => {
  for (const name of ['info', 'updates', 'triggers'])
    mkdirSync(join(root, 'var/lib/dpkg', name), { recursive: true })
  for (const name of ['status', 'available']) writeFileSync(join(root, 'var/lib/dpkg', name), '')
  const before = files()
  const installed = await dpkg('--install', deb)
  t.is(installed.code, 0, installed.stderr)
  // Nothing where Canonical's tool is, and no unit is enabled.
  t.deepEqual(
    files().filter((path) => /^\/(usr\/s?bin|etc)\/./.test(path)),
    ['/usr/sbin/nodeplan'],
  )
  t.true(files().includes('/lib/systemd/system/nodeplan-watch.service'))
  const program = [process.execPath, join(root, 'usr/sbin/nodeplan')]
  t.regex((await run([...program, '--version'])).stdout, /^netplan\/0\.1\.0 /)
  const planned = await run([...program, 'plan', '-f', '-', '--detailed-exitcode'], {
    input: 'bridges: { br0: {} }',
  })
  t.is(planned.code, 2, planned.stderr)
  t.is((await run([...program, 'plan', '--help'])).code, 0)
  // What V8 compiled is beside the program by now.
  t.true(files().some((path) => path.endsWith('.cache')))
  mkdirSync(join(root, 'var/lib/nodeplan'))
  const purged = await dpkg('--purge', 'nodeplan')
  t.is(purged.code, 0, purged.stderr)
  t.deepEqual(files(), before)
})

builds('it has a manual page with every command, and all licenses', async (t) => {
  const list = await run(['dpkg-deb', '--contents', deb])
  t.regex(list.stdout, /share\/doc\/nodeplan\/licenses\.txt$/m)
  const help = JSON.parse(readFileSync(join(project, 'dist/help.json'), 'utf8')) as object
  const argv = ['node', join(folder, 'manual.js'), join(project, 'dist/help.json'), '0.1.0', '0']
  const { stdout } = await run(argv)
  const named = [...stdout.matchAll(/^\.SS nodeplan (\w+)$/gm)].map(([, name]) => name)
  t.deepEqual(named, Object.keys(help).filter(Boolean).sort())
})

const linted =
  isInstalled('lintian', 'lintian') && isInstalled('dpkg-deb', 'dpkg')
    ? test.serial
    : test.serial.skip

linted('lintian has nothing against it', async (t) => {
  const argv = ['lintian', '--allow-root', '--fail-on', 'error,warning', deb]
  const { code, stdout, stderr } = await run(argv)
  t.deepEqual([code, stdout], [0, ''], stderr)
})
