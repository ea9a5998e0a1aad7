// packaging/ansible: both playbooks on five nodes in namespaces. One of the second batch fails; those behind it are untouched.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { program } from '../commands/cli.ts'
import { createNode } from '../node/harness.ts'
import { isInstalled } from '../pipelines/installed.ts'
import { root, run } from '../run.ts'
import type { Ended } from '../run.ts'
import { packaging } from './unit.ts'

const place = mkdtempSync('/run/netplan-test-')
cpSync(join(packaging, 'ansible'), place, { recursive: true })
cpSync(join(root, 'examples/pipelines/ansible/roles'), join(place, 'roles'), { recursive: true })
const bin = join(place, 'netplan')
writeFileSync(bin, `#!/bin/sh\nexec ${program.join(' ')} "$@"\n`)
chmodSync(bin, 0o755)

const names = ['node-1', 'node-2', 'node-3', 'node-4', 'node-5']
const nodes = names.map(() => createNode())
const fileOf = (name: string): string => join(place, 'etc', name, 'netplan.yaml')

const configuration = (to: string): string => `bridges:
  br0: { addresses: [10.8.0.1/24] }
routes: [{ to: ${to}, via: 10.8.0.2 }]
`
const [first, second, third, good] = ['10.1.0.0/16', '10.2.0.0/16', '10.3.0.0/16', '10.4.0.0/16']

const hosts = names.map((name, index) => [
  name,
  {
    ansible_connection: 'local',
    ansible_remote_tmp: join(place, 'tmp'),
    ansible_python_interpreter: '/usr/bin/python3',
    netplan_program: ['nsenter', `--net=/run/netns/${nodes[index]?.name ?? ''}`, bin],
    netplan_path: fileOf(name),
    netplan_tries: 3,
    netplan_delay: 1,
  },
])
writeFileSync(
  join(place, 'hosts.json'),
  JSON.stringify({ nodes: { hosts: Object.fromEntries(hosts) } }),
)

const watches: ChildProcess[] = []
test.after.always(async () => {
  for (const watch of watches) {
    const exit = once(watch, 'exit')
    watch.kill('SIGTERM')
    await exit
  }
  for (const node of nodes) node.remove()
  rmSync(place, { recursive: true })
})

interface Played extends Ended {
  /** What the recap says of each node that was played on. */
  readonly failed: Readonly<Record<string, number>>
}

const play = async (playbook: string, text: string): Promise<Played> => {
  writeFileSync(join(place, 'netplan.yaml'), text)
  const env = { HOME: place, LC_ALL: 'C.UTF-8', ANSIBLE_CONFIG: join(place, 'ansible.cfg') }
  const ended = await run(['ansible-playbook', '-i', 'hosts.json', playbook], { cwd: place, env })
  const lines = ended.stdout.matchAll(/^(node-\d) +: .*?failed=(\d+)/gm)
  const failed = Object.fromEntries([...lines].map(([, name, count]) => [name, Number(count)]))
  return { ...ended, failed: failed as Played['failed'] }
}

const routesOf = (to: string): readonly boolean[] =>
  nodes.map((node) => node.ip(`route show ${to} proto 111`) !== '')

/** Somebody else's, so that a plan for it is a conflict. */
const occupy = (to: string): void => {
  nodes[1]?.ip(`route add ${to} dev lo`)
}

const serial = isInstalled('ansible-playbook', 'ansible-core') ? test.serial : test.serial.skip

serial('apply.yml: one, a quarter, half, the rest', async (t) => {
  const { code, stdout, stderr, failed } = await play('apply.yml', configuration(first))
  t.is(code, 0, stdout + stderr)
  t.deepEqual(failed, { 'node-1': 0, 'node-2': 0, 'node-3': 0, 'node-4': 0, 'node-5': 0 })
  t.deepEqual(routesOf(first), [true, true, true, true, true])
  // A batch is a play of its own: one, one, two, and the rest.
  t.is([...stdout.matchAll(/^PLAY \[/gm)].length, 4)
})

serial('apply.yml: a failure in the second batch ends it', async (t) => {
  occupy(second)
  const { code, stdout, failed } = await play('apply.yml', configuration(second))
  t.not(code, 0)
  t.regex(stdout, /10\.2\.0\.0\/16/)
  t.deepEqual(failed, { 'node-1': 0, 'node-2': 1 })
  t.deepEqual(routesOf(second), [true, false, false, false, false])
  t.deepEqual(routesOf(first), [false, true, true, true, true])
  t.is(readFileSync(fileOf('node-2'), 'utf8'), configuration(first))
})

serial('watch.yml: a failure ends it, and the node gets its former file back', async (t) => {
  for (const [index, name] of names.entries()) {
    writeFileSync(fileOf(name), configuration(first))
    const flags = [
      '-f',
      fileOf(name),
      '--listen',
      'none',
      '--state-dir',
      join(place, 'state', name),
    ]
    const enter = ['nsenter', `--net=/run/netns/${nodes[index]?.name ?? ''}`, ...program]
    const [command = '', ...args] = [...enter, 'watch', ...flags]
    watches.push(spawn(command, args, { stdio: 'ignore' }))
  }
  for (let tries = 0; tries < 100 && routesOf(first).includes(false); tries++) await sleep(100)
  t.deepEqual(routesOf(first), [true, true, true, true, true])
  occupy(third)
  const { code, stdout, failed } = await play('watch.yml', configuration(third))
  t.not(code, 0)
  t.regex(stdout, /route 10\.3\.0\.0\/16/)
  t.deepEqual(failed, { 'node-1': 0, 'node-2': 1 })
  t.deepEqual(routesOf(third), [true, false, false, false, false])
  t.deepEqual(routesOf(first), [false, true, true, true, true])
  t.is(readFileSync(fileOf('node-2'), 'utf8'), configuration(first))
  t.deepEqual(readdirSync(join(place, 'etc/node-2')), ['netplan.yaml'])
})

serial('watch.yml: a file that is none reaches no node; a good one all of them', async (t) => {
  const refused = await play('watch.yml', 'bridgess: {}\n')
  t.not(refused.code, 0)
  t.deepEqual(refused.failed, { 'node-1': 1 })
  t.is(readFileSync(fileOf('node-1'), 'utf8'), configuration(third))
  const { code, stdout, stderr } = await play('watch.yml', configuration(good))
  t.is(code, 0, stdout + stderr)
  t.deepEqual(routesOf(good), [true, true, true, true, true])
})
