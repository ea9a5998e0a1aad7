// What a program is told by its environment is told by us: the caller's has no say, whatever is in it.
import { accessSync, chmodSync, constants, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import test from 'ava'
import { netplan } from '../commands/cli.ts'
import { createNode } from '../node/harness.ts'

const folder = mkdtempSync(join(tmpdir(), 'netplan-environment-'))
const path = [folder, process.env['PATH'] ?? '', '/usr/sbin', '/sbin'].join(delimiter)
const node = createNode()

test.after.always(() => {
  node.remove()
  rmSync(folder, { recursive: true })
})

const engines = ['iptables', 'ip6tables'].flatMap((family) =>
  ['-nft', '-legacy'].flatMap((engine) =>
    ['-save', '-restore'].map((verb) => family + engine + verb),
  ),
)

const programs = [
  ...['ip', 'bridge', 'sysctl', 'conntrack', 'ss', 'nsenter', 'unshare', 'flock', 'cat', 'grep'],
  ...['rm', 'iptables', 'systemd-run', 'systemctl', ...engines],
]

const canRun = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const realPathOf = (name: string): string | undefined =>
  path
    .split(delimiter)
    .slice(1)
    .map((place) => join(place, name))
    .find(canRun)

/** A program that writes down what it was started with, and goes on as the one that it stands for. */
const standIn = (name: string, real: string): void => {
  const script = `#!/bin/sh
/bin/cat /proc/$$/environ > '${folder}/${name}.'$$.seen
unset PWD OLDPWD SHLVL _ # of this shell
exec '${real}' "$@"
`
  writeFileSync(join(folder, name), script)
  chmodSync(join(folder, name), 0o755)
}

const present = programs.flatMap((name) => {
  const real = realPathOf(name)
  if (real !== undefined) standIn(name, real)
  return real === undefined ? [] : [name]
})

/** What would change what our programs do, or is nobody's business. */
const hostile: Readonly<Record<string, string>> = {
  LD_LIBRARY_PATH: '/nowhere',
  LD_BIND_NOW: '1',
  XTABLES_LIBDIR: '/nowhere',
  IPTABLES_LIB_DIR: '/nowhere',
  IFS: '/',
  ENV: '/nowhere',
  BASH_ENV: '/nowhere',
  SECRET: 'hunter2',
  HOME: '/nowhere',
  TZ: 'Mars/Olympus',
  LANG: 'de_DE.UTF-8',
  LC_ALL: 'de_DE.UTF-8',
  LANGUAGE: 'de',
  NODE_OPTIONS: '--no-deprecation',
  COLORFGBG: ';0',
  COLUMNS: '20',
  POSIXLY_CORRECT: '1',
  GREP_COLORS: 'mt=01;31',
  GREP_OPTIONS: '-v',
  NETNS_RUN_DIR: '/nowhere',
  MALLOC_PERTURB_: '1',
  'BASH_FUNC_ip%%': '() { echo no; }',
}

const input = `
bridges:
  br0: { addresses: [10.0.1.1/24] }
veths:
  veth0: { bridge: br0, fdb: [{ mac: 02:00:00:00:00:22 }], peer: { name: far0 } }
vxlans:
  vx0: { id: 7, remotes: [192.0.2.3], local: 192.0.2.2 }
sysctls: { net.ipv4.ip_forward: 1 }
masquerade: [{ source: 10.0.1.0/24 }]
services:
  dns:
    clusterIPs: [10.96.0.10]
    ports: [{ port: 53, protocol: udp, nodePort: 30053 }]
    endpoints: [10.0.1.2]
`

/** By program, the variables that it was started with. */
const seen = (): ReadonlyMap<string, ReadonlySet<string>> => {
  const all = new Map<string, Set<string>>()
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.seen'))) {
    const name = file.split('.')[0] ?? ''
    const variables = readFileSync(join(folder, file), 'utf8').split('\0')
    const known = all.get(name) ?? new Set()
    all.set(name, known)
    for (const variable of variables) if (variable.trim() !== '') known.add(variable)
  }
  return all
}

test('a program is started with PATH and LC_ALL, and nothing else', async (t) => {
  const env = { ...hostile, PATH: path }
  const at = ['--netns', node.name]
  for (const args of [
    ['plan', ...at],
    ['apply', '--auto-approve', ...at],
    ['check', ...at],
    ['show', ...at],
    ['destroy', '--auto-approve', ...at],
  ]) {
    const ended = await netplan(args, { input, env })
    t.is(ended.code, 0, `${args.join(' ')}: ${ended.stdout}${ended.stderr}`)
  }
  await netplan(['doctor'], { env })

  const expected = [`PATH=${path}:/usr/sbin:/usr/bin:/sbin:/bin`, 'LC_ALL=C'].sort()
  const found = seen()
  for (const [name, variables] of found) t.deepEqual([...variables].sort(), expected, name)
  const needed = ['ip', 'bridge', 'sysctl', 'nsenter', 'grep', 'cat', 'iptables-nft-save']
  for (const name of [...needed, 'iptables-nft-restore', 'ip6tables-nft-restore'])
    if (present.includes(name)) t.true(found.has(name), `${name} was started`)
  t.log(`started: ${[...found.keys()].sort().join(' ')}`)
})
