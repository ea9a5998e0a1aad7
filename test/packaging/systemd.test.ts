// packaging/systemd: the units by systemd-analyze, and what they start with the rights, mounts and system calls of the units.
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { program } from '../commands/cli.ts'
import { createNode } from '../node/harness.ts'
import { isInstalled } from '../pipelines/installed.ts'
import { lintScripts } from '../pipelines/shellcheck.ts'
import { run } from '../run.ts'
import type { Ended } from '../run.ts'
import { allowedCalls, confine, listOf, packaging, readUnit, settings } from './unit.ts'

const place = mkdtempSync('/run/netplan-test-')
const state = join(place, 'state')
const config = join(place, 'netplan.yaml')
const metrics = join(place, 'metrics')
for (const folder of [state, metrics]) mkdirSync(folder)
const bin = join(place, 'nodeplan')
writeFileSync(bin, `#!/bin/sh\nexec ${program.join(' ')} "$@"\n`)
chmodSync(bin, 0o755)

const node = createNode()
const peer = node.ns('peer')
node.ip(`netns add ${peer}`)
test.after.always(() => {
  node.remove()
  rmSync(place, { recursive: true })
})

lintScripts(join(packaging, 'systemd'))

const units = ['nodeplan-watch.service', 'nodeplan-apply.service', 'nodeplan-drift.service']
const dropIn = 'namespaces.conf'

/** With the paths of this place in place of those of a machine. */
const here = (text: string): string =>
  text
    .replaceAll('=nodeplan ', `=${bin} `)
    .replaceAll('/usr/lib/nodeplan/fetch.sh', join(packaging, 'systemd/fetch.sh'))
    .replaceAll('/etc/nodeplan/netplan.yaml', config)
    .replaceAll('/var/lib/prometheus/node-exporter', metrics)

interface Start {
  /** What of packaging/systemd/nodeplan-.service.d is there. */
  readonly with?: string
  /** Words of the environment file. */
  readonly more?: readonly string[]
  /** What it is run by. */
  readonly by?: readonly string[]
}

/** Runs what a unit runs on the node, as root with the rights and mounts of the unit and no others. */
const start = (name: string, { with: also, more = [], by = [] }: Start = {}): Promise<Ended> => {
  mkdirSync('/run/nodeplan', { recursive: true, mode: 0o700 })
  writeFileSync('/run/xtables.lock', '', { flag: 'a' })
  const unit = readUnit(name, also)
  const [line = ''] = settings(here(unit), 'ExecStart')
  const words = line.split(' ').filter((word) => !word.startsWith('$'))
  const wanted = listOf(unit, 'ReadWritePaths').flatMap((path) =>
    path === '-/var/lib/prometheus/node-exporter' ? [metrics] : [],
  )
  const writable = ['/run/nodeplan', '/run/xtables.lock', state, ...wanted]
  const enter = ['nsenter', `--net=/run/netns/${node.name}`, '--']
  const argv = [...enter, ...by, ...confine(unit, writable), ...words, ...more]
  return run(argv, { env: { STATE_DIRECTORY: state } })
}

const watchOnce = ['--once', '--listen', 'none']

/** Links, an address, a route, kernel parameters in two namespaces, a service, a check: all but a namespace of its own. */
const onlyThere = `veths:
  veth0:
    addresses: [10.8.0.1/24]
    peer: { name: eth0, namespace: ${peer}, addresses: [10.8.0.2/24] }
routes: [{ to: 10.9.0.0/16, via: 10.8.0.2 }]
sysctls: { net.ipv4.ip_forward: 1 }
namespaces:
  ${peer}: { path: /run/netns/${peer}, sysctls: { net.ipv4.ip_forward: 1 } }
services:
  default/web: { clusterIPs: [10.96.0.10], ports: [{ port: 80 }], endpoints: [10.8.0.2] }
checks: [{ ping: 10.8.0.2 }]
`

const own = node.ns('own')
const withOwn = onlyThere.replace('services:', `  ${own}: {}\nservices:`)

const ends = (t: ExecutionContext, ended: Ended, code: number): void => {
  t.is(ended.code, code, ended.stdout + ended.stderr)
}

const analyze = isInstalled('systemd-analyze', 'systemd') ? test.serial : test.serial.skip

/** A folder with the units as systemd finds them. */
const unitFolder = (name: string, ...dropIns: readonly string[]): string => {
  const folder = join(place, name)
  cpSync(join(packaging, 'systemd'), folder, { recursive: true })
  for (const unit of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, unit.name)
    if (unit.isFile()) writeFileSync(path, here(readFileSync(path, 'utf8')))
  }
  if (!dropIns.includes(dropIn)) rmSync(join(folder, 'nodeplan-.service.d'), { recursive: true })
  return folder
}

analyze('the units are units, by systemd-analyze, with the drop-in and without', async (t) => {
  for (const dropIns of [[], [dropIn]]) {
    const folder = unitFolder(`verify${dropIns.length}`, ...dropIns)
    const names = readdirSync(folder).filter((name) => /\.(service|timer)$/.test(name))
    t.is(names.length, 6)
    const argv = ['systemd-analyze', 'verify', '--man=no', ...names.map((one) => join(folder, one))]
    const { code, stdout, stderr } = await run(argv)
    t.deepEqual([code, stdout + stderr], [0, ''])
  }
})

analyze('their exposure is at most 3.5; with namespaces of their own, 4.7', async (t) => {
  for (const [dropIns, most] of [
    [[], 35],
    [[dropIn], 47],
  ] as const) {
    const folder = unitFolder(`security${most}`, ...dropIns)
    for (const unit of units) {
      const options = ['--offline=true', '--no-pager', `--threshold=${most}`]
      const { code, stdout, stderr } = await run(
        ['systemd-analyze', 'security', ...options, `./${unit}`],
        { cwd: folder },
      )
      t.is(code, 0, `${unit}: ${stdout.split('\n').at(-2) ?? ''}${stderr}`)
    }
  }
})

test.serial(
  'watch works with what its unit leaves it, and a second look changes nothing',
  async (t) => {
    writeFileSync(config, onlyThere)
    const first = await start('nodeplan-watch.service', { more: watchOnce })
    ends(t, first, 0)
    t.regex(first.stderr, /changed and verified/)
    t.regex(node.ip('address show', peer), /10\.8\.0\.2\/24/)
    t.regex(node.exec(['iptables-save']), /10\.96\.0\.10/)
    ends(t, await start('nodeplan-drift.service', { more: ['--once'] }), 0)
    t.regex(readFileSync(join(metrics, 'nodeplan.prom'), 'utf8'), /^netplan_last_apply_success 1$/m)
  },
)

test.serial('the drift reporter tells, and changes nothing', async (t) => {
  node.ip('route delete 10.9.0.0/16')
  ends(t, await start('nodeplan-drift.service', { more: ['--once'] }), 2)
  const text = readFileSync(join(metrics, 'nodeplan.prom'), 'utf8')
  t.regex(text, /^netplan_drift_resources\{kind="route",action="create"\} 1$/m)
  t.is(node.ip('route show 10.9.0.0/16'), '')
})

test.serial('apply mends it with what its unit leaves it', async (t) => {
  ends(t, await start('nodeplan-apply.service'), 0)
  t.not(node.ip('route show 10.9.0.0/16'), '')
})

test.serial(
  'from Git: all of one commit or of another, and a repository that is away changes nothing',
  async (t) => {
    const [repository, git] = [join(place, 'repository'), join(place, 'git')]
    mkdirSync(git)
    const env = {
      STATE_DIRECTORY: git,
      HOME: place,
      ...{
        GIT_AUTHOR_NAME: 'a',
        GIT_AUTHOR_EMAIL: 'a@b',
        GIT_COMMITTER_NAME: 'a',
        GIT_COMMITTER_EMAIL: 'a@b',
      },
    }
    const commit = async (text: string): Promise<void> => {
      writeFileSync(join(repository, 'netplan.yaml'), text)
      const ended = await run(['git', '-C', repository, 'commit', '-qam', 'x'], { env })
      t.is(ended.code, 0, ended.stderr)
    }
    await run(['git', 'init', '-q', '-b', 'main', repository], { env })
    writeFileSync(join(repository, 'netplan.yaml'), '')
    await run(['git', '-C', repository, 'add', '.'], { env })
    await commit(onlyThere.replace('10.9.0.0/16', '10.11.0.0/16'))
    const fetch = (): Promise<Ended> =>
      run([join(packaging, 'systemd/fetch.sh'), `file://${repository}`, 'main'], { env })
    const one = await fetch()
    t.regex(one.stdout, /^at [0-9a-f]{40}\n$/, one.stderr)
    t.is((await fetch()).stdout, '')
    // The units read it as it lies there.
    rmSync(config)
    symlinkSync(join(git, 'current/netplan.yaml'), config)
    ends(t, await start('nodeplan-watch.service', { more: watchOnce }), 0)
    t.not(node.ip('route show 10.11.0.0/16'), '')
    await commit(onlyThere.replace('10.9.0.0/16', '10.12.0.0/16'))
    t.is((await fetch()).code, 0)
    t.regex(readFileSync(config, 'utf8'), /10\.12\./)
    t.is(readdirSync(git).length, 3)
    rmSync(repository, { recursive: true })
    t.not((await fetch()).code, 0)
    t.regex(readFileSync(config, 'utf8'), /10\.12\./)
    rmSync(config)
  },
)

test.serial(
  'a namespace of its own fails loudly, and leaves nothing; the drop-in allows it',
  async (t) => {
    writeFileSync(config, withOwn)
    const refused = await start('nodeplan-apply.service')
    ends(t, refused, 1)
    t.regex(refused.stderr, /Read-only file system/)
    t.regex(refused.stderr, /nothing was changed/)
    t.false(readdirSync('/run/netns').includes(own))
    ends(t, await start('nodeplan-apply.service', { with: dropIn }), 0)
    t.regex(node.ip('link show dev lo', own), /lo/)
  },
)

const traced =
  isInstalled('strace', 'strace') && isInstalled('systemd-analyze', 'systemd')
    ? test.serial
    : test.serial.skip

traced('every system call that is made is one that the units allow', async (t) => {
  const { stdout } = await run(['systemd-analyze', 'syscall-filter'])
  const log = join(place, 'strace')
  writeFileSync(config, withOwn.replace('10.9.0.0/16', '10.10.0.0/16'))
  const by = ['strace', '-f', '-c', '-qq', '-U', 'name', '-o', log]
  // Mounts are made before; strace stands inside of them, and sees what the unit's program does.
  const unit = readUnit('nodeplan-apply.service', dropIn)
  const argv = settings(here(unit), 'ExecStart')[0]?.split(' ') ?? []
  const words = argv.filter((word) => !word.startsWith('$'))
  ends(t, await run(['nsenter', `--net=/run/netns/${node.name}`, '--', ...by, ...words]), 0)
  const called = readFileSync(log, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /^[a-z_0-9]+$/.test(line) && line !== 'syscall' && line !== 'total')
  t.true(
    called.includes('execve') && called.includes('setns') && called.includes('capset'),
    called.join(' '),
  )
  const allowed = allowedCalls(unit, stdout)
  t.deepEqual(
    called.filter((call) => !allowed.has(call)),
    [],
  )
})
