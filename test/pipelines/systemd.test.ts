// examples/pipelines/systemd: the units by systemd-analyze, and their commands with the rights that the units leave them.
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { checkJunit } from '../present/pipeline/consumers.ts'
import { readDocuments } from '../documents.ts'
import type { Ended } from '../run.ts'
import { isInstalled } from './installed.ts'
import { createWorkplace, examples, fleet } from './nodes.ts'

const place = createWorkplace('systemd')
const [node] = place.nodes
const state = join(place.folder, 'state')
mkdirSync(state)
test.after.always(() => {
  place.remove()
})

/** A unit, or the command of one, with the paths of this place. */
const here = (text: string): string =>
  text
    .replaceAll('/usr/local/bin/netplan', join(place.folder, 'bin/netplan'))
    .replaceAll('/etc/nodeplan', place.folder)
    .replaceAll('/var/lib/nodeplan', state)

const unit = (name: string): string => readFileSync(join(examples, 'systemd', name), 'utf8')
const setting = (name: string, key: string): string =>
  new RegExp(`^${key}=(.*)$`, 'm').exec(unit(name))?.[1] ?? ''

/** Runs what a unit runs on the node, as root with the capabilities of the unit and no others. */
const start = (name: string, before: readonly string[] = [], ...more: string[]): Promise<Ended> => {
  const capabilities = setting(name, 'CapabilityBoundingSet').toLowerCase().split(' ')
  const bounds = ['-all', ...capabilities.map((one) => one.replace('cap_', '+'))].join(',')
  const limited = ['setpriv', '--no-new-privs', `--bounding-set=${bounds}`, '--']
  const command = here(setting(name, 'ExecStart')).split(' ')
  const enter = ['nsenter', `--net=/run/netns/${node?.name ?? ''}`, '--']
  return place.run([...enter, ...before, ...limited, ...command, '--node', 'node-1', ...more])
}

const pod = '\npods: { pod: { node: node-1 } }\n'
const podNamespace = node?.ns('pod') ?? ''
const config = fleet(pod).replace('{ pod:', `{ ${podNamespace}:`)

const analyze = isInstalled('systemd-analyze', 'systemd') ? test.serial : test.serial.skip

analyze('the units are units, by systemd-analyze', async (t) => {
  const folder = join(place.folder, 'units')
  mkdirSync(folder)
  const names = readdirSync(join(examples, 'systemd')).filter((name) => !name.endsWith('.md'))
  t.is(names.length, 4)
  for (const name of names) writeFileSync(join(folder, name), here(unit(name)))
  const verify = (): Promise<Ended> =>
    place.run(['systemd-analyze', 'verify', '--man=no', ...names.map((name) => join(folder, name))])
  const { code, stdout, stderr } = await verify()
  t.deepEqual([code, stdout + stderr], [0, ''])
  const bad = here(unit('netplan-drift.service')).replace('ProtectHome', 'ProtectHomes')
  writeFileSync(join(folder, 'netplan-drift.service'), bad)
  t.regex((await verify()).stderr, /ProtectHomes/)
})

analyze('they are as little exposed as the README says, or less', async (t) => {
  const rows = [...unit('README.md').matchAll(/^\| `(netplan-[\w@-]+\.service)` \| ([\d.]+) \|/gm)]
  t.is(rows.length, 3)
  for (const [, name = '', figure] of rows) {
    cpSync(join(examples, 'systemd', name), join(place.folder, name))
    const threshold = `--threshold=${Math.round(Number(figure) * 10)}`
    const options = ['--offline=true', '--no-pager', threshold]
    const argv = ['systemd-analyze', 'security', ...options, join(place.folder, name)]
    const { code, stdout, stderr } = await place.run(argv)
    t.is(code, 0, `${name}: ${stdout.split('\n').at(-2) ?? ''}${stderr}`)
  }
})

const says = (t: ExecutionContext, { code, stdout, stderr }: Ended, expected: number): void => {
  t.is(code, expected, stdout + stderr)
}

/** Where nothing can be written but the state directory, as with ProtectSystem=strict. */
const readOnly = [
  'unshare',
  '--mount',
  '--propagation=private',
  'sh',
  '-ec',
  `mount --bind ${state} ${state}; mount -o remount,bind,ro /; mount -o remount,bind,ro /run; exec "$@"`,
  'sh',
]

test.serial('apply, with the capabilities of its unit: namespaces, links, rules', async (t) => {
  place.write('netplan.yaml', config)
  says(t, await start('netplan-apply.service'), 0)
  t.regex(node?.ip('address show', podNamespace) ?? '', /10\.244\.1\.\d+\/24/)
  says(t, await start('netplan-apply.service'), 0)
})

test.serial('check, with those of its unit: no drift, then drift, and its reports', async (t) => {
  says(t, await start('netplan-drift.service', readOnly), 0)
  node?.ip('route delete 10.244.2.0/24')
  says(t, await start('netplan-drift.service', readOnly), 2)
  const junit = readFileSync(join(state, 'drift.xml'), 'utf8')
  await checkJunit(junit)
  t.regex(junit, /<failure[^]*10\.244\.2\.0\/24/)
  t.is(readDocuments(readFileSync(join(state, 'drift.json'), 'utf8')).length, 1)
  // Nowhere else can it write.
  const touch = await place.run([...readOnly, 'touch', join(place.folder, 'x')])
  t.not(touch.code, 0)
})
