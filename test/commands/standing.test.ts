import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { stateDirectory } from '../../src/kernel/state.ts'
import { createNode } from '../node/harness.ts'
import type { TestNode } from '../node/harness.ts'
import { run } from '../run.ts'
import type { Ended, RunOptions } from '../run.ts'
import { program } from './cli.ts'

const folder = mkdtempSync('/run/netplan-test-')

test.after.always(() => rmSync(folder, { recursive: true }))

/** Writes down whether the planner was loaded, and what the kernel was asked: a question is its words, and its input. */
const hook = join(folder, 'hook.cjs')
writeFileSync(
  hook,
  `const children = require('node:child_process')
   const asked = []
   for (const way of ['spawn', 'spawnSync']) {
     const start = children[way]
     children[way] = (program, args, ...rest) => {
       const questions = args.includes('end') ? args.slice(args.indexOf('end') + 1) : []
       if (questions.length === 0) asked.push([program, ...args].join('\\n'))
       while (questions.length > 0) asked.push(questions.splice(0, 2).join('\\n'))
       return start(program, args, ...rest)
     }
   }
   process.on('exit', () => {
     const { readFileSync, writeFileSync } = require('node:fs')
     const made = Object.keys(require.cache)
       .filter((file) => file.includes('/dist/'))
       .some((file) => /function makePlan|\\bmakePlan ?= ?\\(/.test(readFileSync(file, 'latin1')))
     writeFileSync(process.env.LOADED, JSON.stringify({ made, asked }))
   })`,
)

interface Looked {
  /** Whether a plan was made. */
  readonly made: boolean
  readonly asked: readonly string[]
}

interface Site {
  readonly node: TestNode
  readonly file: string
  /** Plans, and says whether there was a plan made. */
  plan(args?: readonly string[], options?: RunOptions): Promise<Ended & Pick<Looked, 'made'>>
  apply(args?: readonly string[], options?: RunOptions): Promise<Ended>
  /** Any command. */
  netplan(command: string, args?: readonly string[], options?: RunOptions): Promise<Ended>
  /** What the last command looked at. */
  looked(): Looked
  standing(): string
}

const config = (pod: string): string => `
namespaces: { ${pod}: {} }
bridges: { br0: { addresses: [10.9.0.1/24] } }
veths:
  veth1: { bridge: br0, peer: { name: eth0, namespace: ${pod}, addresses: [10.9.0.2/24] } }
sysctls: { net.ipv4.ip_forward: 1 }
serviceProxy: { serviceCIDRs: [10.96.0.0/16], clusterCIDRs: [10.9.0.0/24] }
services:
  web: { clusterIPs: [10.96.0.1], ports: [{ port: 80 }], endpoints: [10.9.0.2] }
`

const open = (t: ExecutionContext): Site => {
  const node = createNode()
  t.teardown(() => node.remove())
  const own = join(folder, node.name)
  mkdirSync(own)
  const file = join(own, 'node.yaml')
  const loaded = join(own, 'loaded')
  writeFileSync(file, config(node.ns('pod')))
  const [engine = '', ...rest] = program
  const netplan: Site['netplan'] = (command, args = [], options = {}) =>
    run([engine, '-r', hook, ...rest, command, '--netns', node.name, ...args], {
      ...options,
      env: { ...options.env, LOADED: loaded },
    })
  const looked = (): Looked => JSON.parse(readFileSync(loaded, 'utf8')) as Looked
  return {
    ...{ node, file, netplan, looked },
    plan: async (args = ['-f', file], options = {}) => {
      const ended = await netplan('plan', args, options)
      return { ...ended, made: looked().made }
    },
    apply: (args = ['-f', file], options = {}) =>
      netplan('apply', ['--auto-approve', ...args], options),
    standing: () =>
      join(stateDirectory, String(statSync(`/run/netns/${node.name}`).ino), 'netplan.standing'),
  }
}

const nothing = {
  code: 0,
  stdout: 'No changes. This node matches its configuration.\n',
  stderr: '',
}

/** Waits for duplicate address detection, a second or two: what it ends with is another answer. */
const awaitAddresses = async ({ node }: Site): Promise<void> => {
  const ask = ['-6', '-o', 'address', 'show', 'tentative'].join(' ')
  const isTentative = (): boolean => node.ip(ask) !== '' || node.ip(ask, node.ns('pod')) !== ''
  for (let attempt = 0; attempt < 50 && isTentative(); attempt += 1) await sleep(200)
}

/** What is new settles: addresses of IPv6, ports of bridges. */
const settle = async (
  t: ExecutionContext,
  site: Site,
  ...args: Parameters<Site['plan']>
): Promise<void> => {
  await awaitAddresses(site)
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const { made, ...ended } = await site.plan(...args)
    t.deepEqual(ended, nothing)
    if (!made) return
  }
  t.fail('every plan is made')
}

const begin = async (t: ExecutionContext): Promise<Site> => {
  const site = open(t)
  const { code, stderr } = await site.apply()
  t.is(code, 0, stderr)
  await settle(t, site)
  return site
}

test('what is as it was when nothing was to be done is not planned again', async (t) => {
  const site = await begin(t)
  const before = readFileSync(site.standing(), 'utf8')
  const { file } = site
  for (const args of [
    ['--file', file],
    ['-f', file, '--detailed-exitcode', '--no-color'],
  ])
    t.deepEqual(await site.plan(args), { ...nothing, made: false })
  t.is(readFileSync(site.standing(), 'utf8'), before)
})

const drifts: Readonly<Record<string, readonly string[]>> = {
  'a link': ['ip link set dev veth1 nomaster'],
  'an address': ['ip address del 10.9.0.1/24 dev br0'],
  'a route': ['ip route del 10.96.0.0/16'],
  'a rule': ['iptables -t nat -I PREROUTING -j ACCEPT', 'iptables -t nat -F PREROUTING'],
  'a parameter': ['sysctl -qw net.ipv4.ip_forward=0'],
}

test('a link, an address, a route, a rule or a parameter that moved is planned', async (t) => {
  const site = await begin(t)
  for (const [what, lines] of Object.entries(drifts)) {
    for (const line of lines) site.node.exec(line.split(' '))
    const { code, made } = await site.plan(['-f', site.file, '--detailed-exitcode'])
    t.deepEqual({ code, made }, { code: 2, made: true }, what)
    t.is((await site.apply()).code, 0, what)
    await settle(t, site)
  }
})

test('a plan that has to be made asks nothing once more', async (t) => {
  const site = await begin(t)
  site.node.exec(['ip', 'link', 'set', 'dev', 'veth1', 'nomaster'])
  const { code, made } = await site.plan(['-f', site.file, '--detailed-exitcode'])
  t.deepEqual({ code, made }, { code: 2, made: true })
  const { asked } = site.looked()
  const ofPod = asked.filter((question) => question.includes(site.node.ns('pod')))
  t.true(ofPod.length > 0)
  t.deepEqual(asked, [...new Set(asked)])
})

test('a namespace that was made anew is another one', async (t) => {
  const site = await begin(t)
  const pod = site.node.ns('pod')
  await run(['ip', 'netns', 'del', pod])
  await run(['ip', 'netns', 'add', pod])
  const { stdout, made } = await site.plan()
  t.true(made)
  t.not(stdout, nothing.stdout)
})

test('other inputs are planned', async (t) => {
  const site = await begin(t)
  const { file, plan } = site
  const text = readFileSync(file, 'utf8')
  const isMade = async (...args: Parameters<Site['plan']>): Promise<boolean> =>
    (await plan(...args)).made
  t.true(await isMade(['-f', file, '--node', 'other']))
  t.true(await isMade(['-f', file], { env: { NODE_NAME: 'other' } }))
  t.true(await isMade(['-f', file, '--iptables', 'nft']))
  t.true(await isMade(['-f', file, '--json']))
  t.true(await isMade(['-f', file, '--full']))
  t.true(await isMade(['-f', '-'], { input: text }))
  writeFileSync(file, text.replace('10.9.0.1/24', '10.9.0.3/24'))
  t.is((await plan(['-f', file, '--detailed-exitcode'])).code, 2)
  writeFileSync(file, `${text}\nnothing: here\n`)
  t.is((await plan()).code, 65)
  writeFileSync(file, text)
  t.deepEqual(await plan(), { ...nothing, made: false })
})

test('what a file takes from the environment is an input', async (t) => {
  const site = open(t)
  const { file, plan } = site
  const text = readFileSync(file, 'utf8').replace('10.9.0.1/24', '"${env.BRIDGE}"')
  writeFileSync(
    file,
    text.replace('10.9.0.2/24', '"${address}"').concat('vars: { address: 10.9.0.2/24 }\n'),
  )
  const env = { BRIDGE: '10.9.0.1/24' }
  const applied = await site.apply(['-f', file], { env })
  t.is(applied.code, 0, applied.stderr)
  await settle(t, site, ['-f', file], { env })
  t.true((await plan(['-f', file], { env: { BRIDGE: '10.9.0.5/24' } })).made)
  t.true((await plan(['-f', file, '--var', 'address=10.9.0.7/24'], { env })).made)
})

test('where there is something to say it is said each time', async (t) => {
  const site = open(t)
  const { code, stderr } = await site.apply(['-f', site.file, '--confirm-within', '600s'])
  t.is(code, 0, stderr)
  const waiting = await site.plan()
  t.regex(waiting.stderr, /waits to be confirmed/)
  t.false(existsSync(site.standing()))
  const confirmed = await site.netplan('confirm')
  t.is(confirmed.code, 0, confirmed.stderr)
  await settle(t, site)
})

test('another owner’s notes, and a note that is damaged, lead to a plan', async (t) => {
  const site = await begin(t)
  const other = join(folder, `${site.node.name}-other.yaml`)
  writeFileSync(other, 'owner: other\nsysctls: { net.ipv4.tcp_ecn: 1 }\n')
  const applied = await site.apply(['-f', other])
  t.is(applied.code, 0, applied.stderr)
  t.deepEqual(await site.plan(), { ...nothing, made: true })
  await settle(t, site)
  for (const text of ['', '{', '{}', 'null', readFileSync(site.standing(), 'utf8').slice(0, -9)]) {
    writeFileSync(site.standing(), text)
    t.deepEqual(await site.plan(), { ...nothing, made: true })
  }
  await settle(t, site)
})

test('what is destroyed leaves no note', async (t) => {
  const site = await begin(t)
  const gone = await site.netplan('destroy', ['--auto-approve', '-f', site.file])
  t.is(gone.code, 0, gone.stderr)
  t.false(existsSync(site.standing()))
})
