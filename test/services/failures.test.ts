import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { program } from '../commands/cli.ts'
import { run } from '../run.ts'
import type { Ended } from '../run.ts'
import { iptables, save } from './firewall.ts'
import { createLab } from './lab.ts'
import type { Lab } from './lab.ts'
import { namespacesYaml } from './topology.ts'
import { ask, backends, endpointsOf, families, labsOf, planned } from './shared.ts'

const services = (lab: Lab): string => `
services:
  web:
    clusterIPs: ['10.96.0.10', 'fd00:96::10']
    ports: [{ port: 80, targetPort: 8080 }]
    endpoints: ${endpointsOf(lab)}
`

const applyArguments = ({ node, backend }: Lab): string[] => [
  ...['apply', '--auto-approve', '--no-color', '--netns', node.name],
  ...['--iptables', backend, '-f', '-'],
]

/** `netplan apply`, behind other words of a command line. */
const apply = (lab: Lab, sections: string, before: readonly string[] = []): Promise<Ended> =>
  run([...before, ...program, ...applyArguments(lab)], { input: lab.yaml(sections) })

const savedOf = (lab: Lab): string => families.map((family) => save(lab, family)).join('')

/** One apply is enough, and everything works after it. */
const checkHealed = async (t: ExecutionContext, lab: Lab, sections: string): Promise<void> => {
  await lab.apply(sections)
  t.deepEqual(await planned(lab, sections), [])
  for (const address of ['10.96.0.10', 'fd00:96::10'])
    t.deepEqual(await ask(lab, 'x', address, 80, { count: 2 }), ['p1', 'p2'])
}

const lineOf = (text: string, part: string): number =>
  text.split('\n').findIndex((line) => line.includes(part)) + 1

const shared = labsOf({ pods: 2 })

for (const backend of backends)
  test.serial(
    `35 ${backend}: a rule that is refused: its line, and its table is as it was`,
    async (t) => {
      const lab = shared[backend]
      const first = 'iptables: [{ chain: INPUT, rule: -s 192.0.2.1 -j ACCEPT }]\n'
      await lab.apply(services(lab) + first)
      const before = savedOf(lab)
      const bad = `
iptables:
  - { chain: INPUT, rule: -s 192.0.2.9 -j ACCEPT }
  - { chain: OUTPUT, rule: -j NOSUCHCHAIN }
`
      const sections = services(lab) + bad
      const line = lineOf(lab.yaml(sections), 'NOSUCHCHAIN')
      const ended = await apply(lab, sections)
      t.not(ended.code, 0)
      t.regex(
        ended.stderr,
        new RegExp(`^<stdin>:${line}:\\d+: error: .*-restore.*NOSUCHCHAIN`, 'm'),
      )
      t.is(savedOf(lab), before)
      t.is(ended.code, 1, ended.stderr)
      t.regex(ended.stderr, /^netplan: nothing was changed/m)

      // In a later table: filter comes before it, and goes back.
      const late = `
iptables:
  - { chain: INPUT, rule: -s 192.0.2.7 -j ACCEPT, family: inet }
  - { table: nat, chain: POSTROUTING, rule: -s 192.0.2.8 -j NOSUCHCHAIN, family: inet }
`
      const partly = await apply(lab, services(lab) + late)
      t.is(partly.code, 4, partly.stdout + partly.stderr)
      const lateLine = lineOf(lab.yaml(services(lab) + late), '192.0.2.8')
      t.regex(partly.stderr, new RegExp(`^<stdin>:${lateLine}:\\d+: error: .*-restore`, 'm'))
      t.regex(partly.stderr, /rolled back; the node is as it was/)
      t.is(savedOf(lab), before)

      await checkHealed(t, lab, services(lab) + first)
      t.is(savedOf(lab), before)
      for (const family of families) iptables(lab, '-N NOSUCHCHAIN', family)
      await checkHealed(t, lab, sections)
      await lab.apply(services(lab))
      for (const family of families) iptables(lab, '-X NOSUCHCHAIN', family)
    },
  )

const folderFor = (t: ExecutionContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'netplan-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return folder
}

/** Starts an apply which comes to a standstill at a program, and ends it there as a crash does. */
const killAt = async (lab: Lab, name: string, folder: string): Promise<void> => {
  const reached = join(folder, 'reached')
  rmSync(reached, { force: true })
  writeFileSync(
    join(folder, name),
    `#!/bin/sh\necho $$ >${reached}.new\nmv ${reached}.new ${reached}\nexec sleep 60\n`,
  )
  chmodSync(join(folder, name), 0o755)
  const [node = '', ...args] = [...program, ...applyArguments(lab)]
  const env = { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` }
  const child = spawn(node, args, { env, stdio: ['pipe', 'ignore', 'ignore'] })
  const ended = once(child, 'close')
  child.stdin.end(lab.yaml(services(lab)))
  for (let tries = 0; !existsSync(reached) && tries < 1000 && child.exitCode === null; tries++)
    await sleep(10)
  child.kill('SIGKILL')
  await ended
  process.kill(Number(readFileSync(reached, 'utf8')), 'SIGKILL')
  rmSync(join(folder, name))
}

for (const backend of backends)
  test.serial(`35 ${backend}: an apply that was killed is finished by the next`, async (t) => {
    const folder = folderFor(t)
    const places = ['sysctl', `ip6tables-${backend}-restore`, `iptables-${backend}-restore`]
    for (const place of places) {
      const lab = createLab(t, { backend, pods: 2, hairpin: true })
      // Before their addresses, so that these serve at once.
      await lab.node.apply(namespacesYaml(lab.pods, true), lab.options)
      await killAt(lab, place, folder)
      const left = await planned(lab, services(lab))
      t.true(left.length > 0, place)
      await checkHealed(t, lab, services(lab))
      await lab.destroy(services(lab))
      t.notRegex(savedOf(lab), /NP\d/, place)
    }
  })

/** The lock of legacy iptables, for one program and for `flock`. */
const withLock = (file: string): string[] => [
  ...['unshare', '--mount', '--propagation', 'private', 'sh', '-ec'],
  `mount --bind ${file} /run/xtables.lock; exec "$@"`,
  'sh',
]

/** Has somebody else hold the lock for so long; returns when it is held. */
const holdLock = async (t: ExecutionContext, file: string, seconds: number): Promise<void> => {
  const child = spawn('flock', [file, 'sh', '-c', `echo held; exec sleep ${seconds}`])
  t.teardown(() => child.kill())
  await once(child.stdout, 'data')
}

const lockFor = (t: ExecutionContext): string => {
  const file = join(folderFor(t), 'lock')
  for (const path of [file, '/run/xtables.lock']) if (!existsSync(path)) writeFileSync(path, '')
  return file
}

test('36 legacy: whoever holds the lock of iptables is waited for', async (t) => {
  const lab = createLab(t, { backend: 'legacy', pods: 2 })
  await lab.apply()
  const file = lockFor(t)
  await holdLock(t, file, 3)
  const began = performance.now()
  const { code, stderr } = await apply(lab, services(lab), withLock(file))
  t.is(code, 0, stderr)
  t.true(performance.now() - began > 2500)
  await checkHealed(t, lab, services(lab))
})

test('36 legacy: who holds it for too long is told of', async (t) => {
  const lab = createLab(t, { backend: 'legacy', pods: 2 })
  await lab.apply()
  const file = lockFor(t)
  await holdLock(t, file, 60)
  const before = savedOf(lab)
  const { code, stderr } = await apply(lab, services(lab), withLock(file))
  t.not(code, 0)
  t.regex(stderr, /xtables lock/)
  // What each of five seconds was spent with is nobody's interest.
  t.notRegex(stderr, /still \ds|Perhaps you want/)
  t.is(savedOf(lab), before)
  await checkHealed(t, lab, services(lab))
})

for (const backend of backends)
  test(`36 ${backend}: of two applies at once one waits, or says that it does not`, async (t) => {
    const lab = createLab(t, { backend, pods: 2 })
    await lab.apply()
    const all = await Promise.all([apply(lab, services(lab)), apply(lab, services(lab))])
    t.log(all.map(({ code, stderr }) => `${code} ${stderr}`).join('\n'))
    t.true(all.some(({ code }) => code === 0))
    for (const { code, stderr } of all)
      if (code !== 0) t.deepEqual([code, stderr.includes('another apply is at work')], [75, true])
    await checkHealed(t, lab, services(lab))
  })
