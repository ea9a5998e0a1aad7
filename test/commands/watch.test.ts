import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { createNode } from '../node/harness.ts'
import type { TestNode } from '../node/harness.ts'
import { root, run } from '../run.ts'
import type { Ended } from '../run.ts'

const folder = mkdtempSync('/run/netplan-test-')

test.after.always(() => rmSync(folder, { recursive: true }))

const program = [process.execPath, join(root, 'bin/run.cjs')]

/** Writes down which programs are started, a line each. */
const hook = join(folder, 'hook.cjs')
writeFileSync(
  hook,
  `const children = require('node:child_process')
   const { spawn } = children
   children.spawn = (program, args, ...rest) => {
     const line = [program, ...args].join(' ').replaceAll('\\n', ' ')
     require('node:fs').appendFileSync(process.env.STARTED, line + '\\n')
     return spawn(program, args, ...rest)
   }`,
)

interface Line {
  readonly level: string
  readonly message: string
  readonly outcome?: string
  readonly reason?: string
}

/** A node, and a configuration that it is kept as. */
interface Site {
  readonly node: TestNode
  readonly pod: string
  readonly files: string
  readonly state: string
  /** Which programs its watches have started. */
  readonly started: string
  write(text: string, name?: string): void
  watch(...args: string[]): Watching
  once(...args: string[]): Promise<Ended>
}

interface Watching {
  readonly lines: readonly Line[]
  readonly child: ChildProcess
  /** Waits for something that is so sooner or later. */
  until(isSo: () => boolean | Promise<boolean>): Promise<void>
  outcomes(): readonly (string | undefined)[]
  /** Ends it, and says with what it ended. */
  end(signal?: NodeJS.Signals): Promise<number | null>
}

const config = (pod: string): string => `
namespaces: { ${pod}: {} }
bridges:
  br0:
    addresses: [10.9.0.1/24]
    neighbors: [{ address: 10.9.0.77, mac: 02:00:00:00:00:77 }]
veths:
  veth1:
    bridge: br0
    peer:
      name: eth0
      namespace: ${pod}
      addresses: [10.9.0.2/24]
      routes: [{ to: default, via: 10.9.0.1 }]
vxlans:
  vx1: { id: 7, local: 10.9.0.1, remotes: [10.9.0.9] }
routes: [{ to: 10.50.0.0/16, via: 10.9.0.2 }]
rules: [{ from: 10.7.0.0/16, table: 100, priority: 500 }]
sysctls: { net.ipv4.ip_forward: 1 }
serviceProxy: { serviceCIDRs: [10.96.0.0/16], clusterCIDRs: [10.9.0.0/24] }
services:
  web: { clusterIPs: [10.96.0.1], ports: [{ port: 80 }], endpoints: [10.9.0.2] }
`

const open = (t: ExecutionContext): Site => {
  const node = createNode()
  t.teardown(() => node.remove())
  const own = join(folder, node.name)
  const [files, state, started] = [join(own, 'files'), join(own, 'state'), join(own, 'started')]
  mkdirSync(files, { recursive: true })
  const pod = node.ns('pod')
  const common = ['--netns', node.name, '-f', files, '--state-dir', state]
  const write: Site['write'] = (text, name = 'node.yaml') => writeFileSync(join(files, name), text)
  write(config(pod))
  return {
    ...{ node, pod, files, state, started, write },
    watch: (...args) =>
      start(t, started, [
        'watch',
        ...common,
        ...(args.includes('--listen') ? [] : ['--listen', 'none']),
        ...args,
      ]),
    once: (...args) => run([...program, 'watch', ...common, '--once', ...args]),
  }
}

const parse = (text: string): readonly Line[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line)

const start = (
  t: ExecutionContext,
  started: string,
  args: readonly string[],
  cwd?: string,
): Watching => {
  const [node = '', ...rest] = program
  const child = spawn(node, ['-r', hook, ...rest, ...args, '--log-level', 'debug'], {
    ...{ env: { ...process.env, STARTED: started }, cwd },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let text = ''
  child.stderr.on('data', (chunk: Buffer) => (text += String(chunk)))
  const end: Watching['end'] = async (signal = 'SIGTERM') => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
    child.kill(signal)
    const [code] = (await once(child, 'exit')) as [number | null]
    return code
  }
  t.teardown(() => end())
  return {
    child,
    end,
    get lines() {
      return parse(text.slice(0, text.lastIndexOf('\n') + 1))
    },
    outcomes() {
      return this.lines.flatMap(({ outcome }) => outcome ?? [])
    },
    until: async (isSo) => {
      for (let attempt = 0; attempt < 600; attempt += 1) {
        if (await isSo()) return
        await sleep(50)
      }
      t.fail(`it did not come to pass: ${text.slice(-3000)}`)
    },
  }
}

/** What drifts, by hand, and how one sees that it is there. */
const drifts = (
  pod: string,
): Readonly<Record<string, readonly [drift: string, shows: string]>> => ({
  'an address': ['ip address del 10.9.0.1/24 dev br0', 'ip -4 -o address show dev br0'],
  'a link': ['ip link del br0', 'ip -o link show dev br0'],
  'a port of a bridge': ['ip link set dev veth1 nomaster', 'ip -o -d link show dev veth1'],
  'a link that is down': ['ip link set dev br0 down', 'ip -br link show dev br0'],
  'a veth pair': ['ip link del veth1', 'ip -o link show dev veth1'],
  'a route': ['ip route del 10.50.0.0/16', 'ip route show 10.50.0.0/16'],
  'a policy rule': ['ip rule del priority 500', 'ip rule show priority 500'],
  'a neighbour': ['ip neigh del 10.9.0.77 dev br0', 'ip neigh show 10.9.0.77'],
  'a forwarding entry': [
    'bridge fdb del 00:00:00:00:00:00 dev vx1 dst 10.9.0.9',
    'bridge fdb show dev vx1',
  ],
  'a parameter': ['sysctl -qw net.ipv4.ip_forward=0', 'sysctl net.ipv4.ip_forward'],
  'a jump': ['iptables -t nat -F PREROUTING', 'iptables -t nat -S PREROUTING'],
  'a route of a pod': [
    `ip netns exec ${pod} ip route del default`,
    `ip netns exec ${pod} ip route show default`,
  ],
})

const steady = (text: string): string =>
  text.replaceAll(
    /^\d+: |@if\d+|link\/ether \S+|\b(?:hello|tcn|topology_change|gc|message_age|forward_delay|hold)_timer +\S+|state [A-Z]+|valid_lft \S+/gm,
    '',
  )

test('every kind of object that is moved by hand is back', async (t) => {
  const site = open(t)
  const { node, pod } = site
  const watching = site.watch('--resync', '1s')
  await watching.until(() => watching.outcomes().includes('applied'))
  for (const [what, [drift, shows]] of Object.entries(drifts(pod))) {
    const show = (): string => {
      try {
        return steady(node.exec(shows.split(' ')))
      } catch {
        return 'nothing'
      }
    }
    const before = show()
    t.not(before.trim(), '', what)
    node.exec(drift.split(' '))
    const isBack = (): boolean => show() === before
    await watching.until(isBack).catch(() => undefined)
    if (!isBack()) t.log(what, before, show())
    t.pass(what)
  }
  await watching.until(() => watching.outcomes().at(-1) === 'inSync')
  t.is(await watching.end(), 0)
  t.regex(node.ip('route show 10.50.0.0/16'), /via 10\.9\.0\.2/)
})

test('the node follows its files, and where these are wrong, empty or away it stays', async (t) => {
  const site = open(t)
  const { node, pod, files } = site
  const watching = site.watch('--resync', '1s')
  await watching.until(() => watching.outcomes().includes('applied'))
  const route = (): string => node.ip('route show 10.60.0.0/16')
  const more = 'routes: [{ to: 10.60.0.0/16, via: 10.9.0.2 }]\n'
  site.write(more, 'more.yaml')
  await watching.until(() => route() !== '')
  for (const wrong of ['routes: [', 'routes: 7\n', `${more}nonsense: 1\n`]) {
    const known = watching.outcomes().length
    site.write(wrong, 'more.yaml')
    await watching.until(() => watching.outcomes().slice(known).includes('failed'))
    node.ip('route del 10.60.0.0/16')
    await watching.until(() => route() !== '')
  }
  rmSync(join(files, 'more.yaml'))
  site.write('')
  await watching.until(() => watching.lines.some(({ message }) => message.includes('has nothing')))
  rmSync(files, { recursive: true })
  await watching.until(() => watching.lines.some(({ reason }) => reason === 'unreadable'))
  node.ip('route del 10.60.0.0/16')
  await watching.until(() => route() !== '')
  mkdirSync(files)
  site.write(config(pod))
  await watching.until(() => route() === '')
  t.is(await watching.end('SIGINT'), 0)
})

test('what is the last good is begun with where the files are away', async (t) => {
  const site = open(t)
  t.is((await site.once()).code, 0)
  const watching = site.watch()
  await watching.until(() => existsSync(site.state) && readdirSync(site.state).length === 1)
  await watching.end('SIGKILL')
  rmSync(site.files, { recursive: true })
  site.node.ip('route del 10.50.0.0/16')
  const again = site.watch()
  await again.until(() => site.node.ip('route show 10.50.0.0/16') !== '')
  t.is(await again.end(), 0)
})

test('what would take too much away is held back, until it is allowed', async (t) => {
  const site = open(t)
  t.is((await site.once()).code, 0)
  site.write('sysctls: { net.ipv4.ip_forward: 1 }\n')
  const held = await site.once()
  t.is(held.code, 1)
  t.like(parse(held.stderr).at(-1), { outcome: 'held', reason: 'max-delete' })
  t.regex(site.node.ip('route show 10.50.0.0/16'), /10\.9\.0\.2/)
  t.is((await site.once('--max-delete', '100%')).code, 0)
  t.is(site.node.ip('route show 10.50.0.0/16'), '')
  t.is((await site.once('--max-delete', 'much')).code, 64)
})

test('where the files are the source, netplan.yaml is the file', async (t) => {
  const site = open(t)
  writeFileSync(join(site.files, 'netplan.yaml'), 'bridges: { br8: {} }\n')
  const where = ['--netns', site.node.name, '--state-dir', site.state]
  const args = ['watch', '--source', 'file', '--once', ...where]
  const ended = await run([...program, ...args], { cwd: site.files })
  t.is(ended.code, 0, ended.stderr)
  t.regex(site.node.ip('-br link show type bridge'), /^br8 /)
})

test('a dry run changes nothing, and says how the node differs', async (t) => {
  const site = open(t)
  const first = await site.once('--dry-run')
  t.is(first.code, 2)
  t.like(parse(first.stderr).at(-1), { outcome: 'differs', message: 'the node differs' })
  t.false(existsSync(site.state))
  t.is((await site.once()).code, 0)
  t.is((await site.once('--dry-run')).code, 0)
  const file = join(site.files, '../metrics.prom')
  const watching = site.watch('--dry-run', '--resync', '1s', '--metrics-file', file)
  const metrics = (): string => (existsSync(file) ? readFileSync(file, 'utf8') : '')
  await watching.until(() => metrics().includes('netplan_last_apply_success 1'))
  site.node.ip('route del 10.50.0.0/16')
  await watching.until(() =>
    metrics().includes('netplan_drift_resources{kind="route",action="create"} 1'),
  )
  t.is(site.node.ip('route show 10.50.0.0/16'), '')
  t.regex(metrics(), /netplan_rounds_total\{outcome="differs"\} [1-9]/)
})

test('a node at rest is not planned, and a namespace of which nothing is heard is not asked', async (t) => {
  const site = open(t)
  const watching = site.watch('--resync', '1s')
  await watching.until(() => watching.outcomes().includes('applied'))
  const asked = async (): Promise<string> => {
    writeFileSync(site.started, '')
    const known = watching.outcomes().length
    await watching.until(() => watching.outcomes().length > known)
    return readFileSync(site.started, 'utf8')
  }
  const isAtRest = (text: string): boolean => text !== '' && !text.includes(site.pod)
  await watching.until(async () => isAtRest(await asked()))
  site.node.exec(['ip', 'address', 'add', '10.9.0.3/24', 'dev', 'eth0'], site.pod)
  await watching.until(async () => (await asked()).includes(site.pod))
  await watching.until(async () => isAtRest(await asked()))
  t.is(await watching.end(), 0)
})

test('another apply, and one that waits to be confirmed, is waited for', async (t) => {
  const site = open(t)
  t.is((await site.once()).code, 0)
  const waiting = join(site.files, '../waiting.yaml')
  writeFileSync(
    waiting,
    `${config(site.pod)}  more: { clusterIPs: [10.96.0.2], ports: [{ port: 80 }], endpoints: [] }\n`,
  )
  const at = ['--netns', site.node.name]
  const applied = await run([
    ...program,
    ...['apply', '--auto-approve', '--confirm-within', '600s', ...at, '-f', waiting],
  ])
  t.is(applied.code, 0, applied.stderr)
  const ended = await site.once()
  t.is(ended.code, 1)
  t.like(parse(ended.stderr).at(-1), { outcome: 'failed', reason: 'unconfirmed' })
  t.is((await run([...program, 'rollback', '--auto-approve', ...at])).code, 0)
  t.is((await site.once()).code, 0)
})

test('a hang-up reads all anew, and readiness is told', async (t) => {
  const site = open(t)
  const port = 20_000 + (process.pid % 10_000)
  const watching = site.watch('--listen', `127.0.0.1:${String(port)}`)
  const get = async (path: string): Promise<{ status: number; body: string }> => {
    try {
      const answer = await fetch(`http://127.0.0.1:${String(port)}${path}`)
      return { status: answer.status, body: await answer.text() }
    } catch {
      return { status: 0, body: '' }
    }
  }
  await watching.until(async () => (await get('/readyz')).status === 200)
  t.is((await get('/healthz')).body, 'ok\n')
  t.is((await get('/')).status, 404)
  const posted = await fetch(`http://127.0.0.1:${String(port)}/metrics`, { method: 'POST' })
  t.is(posted.status, 405)
  t.regex((await get('/metrics')).body, /netplan_build_info\{version="[\d.]+",node="[\d.]+"\} 1/)
  watching.child.kill('SIGHUP')
  await watching.until(() => watching.lines.some(({ message }) => message.includes('anew')))
  site.write('routes: [')
  await watching.until(async () => (await get('/readyz')).status === 503)
  t.regex((await get('/readyz')).body, /^invalid: /)
  t.is(await watching.end(), 0)
})

test('files of one name in two folders are two configurations, and what was kept of one is not begun with for the other', async (t) => {
  const site = open(t)
  const [here, there] = [join(site.files, 'here'), join(site.files, 'there')]
  for (const one of [here, there]) mkdirSync(one)
  writeFileSync(join(here, 'node.yaml'), 'bridges: { br7: {} }\n')
  const common = ['--netns', site.node.name, '-f', 'node.yaml', '--state-dir', site.state]
  const args = ['watch', ...common, '--listen', 'none', '--resync', '1s']
  const first = start(t, site.started, args, here)
  await first.until(() => first.outcomes().includes('applied'))
  await first.end()
  site.node.ip('link del br7')
  const other = start(t, site.started, args, there)
  await other.until(() => other.lines.some(({ reason }) => reason === 'unreadable'))
  await sleep(2000)
  t.deepEqual(other.outcomes(), [])
  t.is(site.node.ip('-br link show type bridge'), '')
})

test('what was kept and cannot be read keeps nothing from going on', async (t) => {
  const site = open(t)
  writeFileSync(site.state, 'no folder')
  const watching = site.watch()
  await watching.until(() => watching.outcomes().includes('applied'))
  t.true(watching.lines.some(({ message }) => message.includes('cannot be read')))
  t.is(await watching.end(), 0)
})

test('a port that somebody has is told in a word', async (t) => {
  const site = open(t)
  const server = createServer().listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const where = ['--netns', site.node.name, '-f', site.files, '--state-dir', site.state]
  const ended = await run([...program, 'watch', ...where, '--listen', `127.0.0.1:${String(port)}`])
  t.is(ended.code, 1)
  t.regex(ended.stderr, /^netplan: cannot listen: .*EADDRINUSE.*--listen/m)
  t.notRegex(ended.stderr, /internal/)
})

test('what cannot be watched is a usage error', async (t) => {
  const say = async (...args: readonly string[]): Promise<number> =>
    (await run([...program, 'watch', ...args])).code
  t.is(await say('-f', '-'), 64)
  t.is(await say('--listen', 'here'), 64)
  t.is(await say('--source', 'consul://localhost'), 64)
  t.is(await say('--resync', '0s'), 64)
  t.is(await say('--var', 'nothing'), 64)
  t.is(await say('--netns', 'no-such-namespace'), 1)
})
