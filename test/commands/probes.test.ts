import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { readdirSync, readlinkSync } from 'node:fs'
import test from 'ava'
import type { ProbesDocument } from '../../src/present/probes.ts'
import type { TestNode } from '../node/harness.ts'
import { nodeFor } from '../node/story.ts'
import { netplan, program } from './cli.ts'

const probe = ['check', '--probes']

/** Checks of a node whose only device is `lo`; the second one fails. */
const input = `version: 1
namespaces: { pod-of-nobody: {} }
checks:
  - { name: loopback, ping: 127.0.0.1 }
  - { tcp: "[::1]:9" }
  - { tcp: "127.0.0.1:9", expect: failure }
  - { from: pod-of-nobody, ping: 127.0.0.1 }
`

test.serial('a line for each check, and exit code 2 where one fails', async (t) => {
  const { name } = nodeFor(t)
  const { code, stdout, stderr } = await netplan([...probe, '--netns', name], { input })
  t.is(code, 2)
  t.is(stderr, '')
  t.is(
    stdout.replace(/\d\.\d ms/, '0.0 ms'),
    `ok      loopback                           0.0 ms
FAILED  tcp [::1]:9                        connection refused
ok      no tcp 127.0.0.1:9                 connection refused
FAILED  ping 127.0.0.1 from pod-of-nobody  namespace pod-of-nobody is not there

2 of 4 checks failed.
`,
  )
})

test.serial('the document has every check', async (t) => {
  const { name } = nodeFor(t)
  const { code, stdout, stderr } = await netplan([...probe, '--json', '--netns', name], { input })
  t.is(code, 2)
  t.is(stderr, '')
  const refused = { ok: false, detail: 'connection refused' }
  const document = JSON.parse(stdout) as ProbesDocument
  t.deepEqual(
    document.checks.map(({ milliseconds }) => typeof milliseconds),
    ['number', 'object', 'object', 'object'],
  )
  t.deepEqual(
    document.checks.map(({ source }) => [source?.file, source?.line]),
    [4, 5, 6, 7].map((line) => ['<stdin>', line]),
  )
  const checks = document.checks.map(({ name, from, kind, ok, detail }) => {
    return { name, from, kind, ok, detail }
  })
  t.deepEqual(
    { ...document, checks },
    {
      formatVersion: '1.0',
      node: name,
      passed: false,
      checks: [
        { name: 'loopback', from: null, kind: 'ping', ok: true, detail: '' },
        { name: 'tcp [::1]:9', from: null, kind: 'tcp', ...refused },
        { name: 'no tcp 127.0.0.1:9', from: null, kind: 'tcp', ...refused, ok: true },
        {
          name: 'ping 127.0.0.1 from pod-of-nobody',
          from: 'pod-of-nobody',
          kind: 'ping',
          ok: false,
          detail: 'namespace pod-of-nobody is not there',
        },
      ],
    },
  )
})

test.serial(
  'all pass, also from a namespace that the file has made: nothing is planned',
  async (t) => {
    const node = nodeFor(t)
    const yaml = `namespaces: { ${node.ns('pod')}: {} }
bridges: { br0: { mtu: 1400 } }
checks: [{ from: ${node.ns('pod')}, ping: "::1", count: 2 }]\n`
    await node.apply(yaml.replace('1400', '1300'))
    const at = ['--netns', node.name]
    const { code, stdout } = await netplan([...probe, ...at], { input: yaml })
    t.is(code, 0)
    t.regex(stdout, /^ok {6}ping ::1 from \S+ +\d+\.\d ms\n\nThe check passed\.\n$/)
    t.is((await netplan(['check', ...at], { input: yaml })).code, 2)
  },
)

test.serial('no checks, and the node of no namespace', async (t) => {
  const { code, stdout } = await netplan(probe, { input: 'version: 1\n' })
  t.is(code, 0)
  t.is(stdout, 'No checks in this configuration.\n')
  const document = await netplan([...probe, '--json'], { input: 'version: 1\n' })
  t.like(JSON.parse(document.stdout), { passed: true, checks: [] })
  const server = createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const yaml = `checks: [{ name: hello, http: "http://127.0.0.1:${String(port)}/", body: hell }]\n`
  const found = await netplan(probe, { input: yaml })
  t.is(found.code, 0, found.stdout)
})

/** The processes in the namespace of a node. */
const processesIn = (node: TestNode): string[] => {
  const own = node.exec(['readlink', '/proc/self/ns/net']).trim()
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/ns/net`) === own
    } catch {
      return false
    }
  })
}

test.serial('from many namespaces', async (t) => {
  const node = nodeFor(t)
  const names = Array.from({ length: 20 }, (_, index) => node.ns(`m${String(index)}`))
  for (const name of names) {
    node.exec(['ip', 'netns', 'add', name])
    node.ip('link set dev lo up', name)
  }
  const checks = names.flatMap((name) => [
    `{ from: ${name}, ping: 127.0.0.1 }`,
    `{ from: ${name}, tcp: 127.0.0.1:9, expect: failure }`,
  ])
  const namespaces = names.map((name) => `${name}: {}`)
  const yaml = `namespaces: { ${namespaces.join(', ')} }\nchecks: [${checks.join(', ')}]\n`
  const { code, stdout, stderr } = await netplan(probe, { input: yaml })
  t.is(stderr, '')
  t.is(code, 0, stdout)
  t.regex(stdout, /\nAll 40 checks passed\.\n$/)
})

test.serial('130: who interrupts it gets no results, and nothing is left running', async (t) => {
  const node = nodeFor(t)
  node.exec(['iptables', '-A', 'INPUT', '-j', 'DROP'])
  const silent = ['ping: 127.0.0.1', 'tcp: 127.0.0.1:9'].map(
    (one) => `{ ${one}, timeoutSeconds: 30 }`,
  )
  const [file, ...args] = [...program, ...probe, '--netns', node.name, '-f', '-']
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(`checks: [${silent.join(', ')}]\n`)
  while (processesIn(node).length < 2) await new Promise((resolve) => setTimeout(resolve, 50))
  child.kill('SIGINT')
  const [code] = (await once(child, 'close')) as [number]
  t.is(code, 130)
  t.deepEqual(processesIn(node), [])
})

test.serial('a configuration that is invalid is told before anything is tried', async (t) => {
  const { code, stdout } = await netplan(probe, { input: 'checks: [{ from: pod1, ping: ::1 }]\n' })
  t.is(code, 65)
  t.is(stdout, '')
})
