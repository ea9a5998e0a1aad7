import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { readDocuments } from '../documents.ts'
import type { Printed } from '../documents.ts'
import { createNode } from '../node/harness.ts'
import { run } from '../run.ts'
import { bridge, netplan, program } from './cli.ts'

const node = createNode()
const at = ['--netns', node.name]

test.beforeEach(async () => {
  await netplan(['destroy', '--auto-approve', ...at], { input: bridge })
})

test.after.always(() => {
  node.remove()
})

const json = async (
  args: readonly string[],
  input: string,
): Promise<{ readonly code: number; readonly last: Printed }> => {
  const { code, stdout } = await netplan([...args, ...at, '--json'], { input })
  return { code, last: readDocuments(stdout).at(-1) ?? {} }
}

test.serial('0: done, and nothing to do', async (t) => {
  t.is((await netplan(['plan', ...at], { input: bridge })).code, 0)
  const applied = await netplan(['apply', '--auto-approve', ...at], { input: bridge })
  t.is(applied.code, 0)
  t.regex(applied.stdout, /^Done: 2 added, 0 changed, 0 replaced, 0 destroyed\.$/m)
  const matches = 'No changes. This node matches its configuration.\n'
  for (const command of ['plan', 'check', 'apply']) {
    // Even `apply` has nothing to ask.
    const { code, stdout, stderr } = await netplan([command, ...at], { input: bridge })
    t.deepEqual([code, stdout, stderr], [0, matches, ''], command)
  }
})

test.serial('0: apply --json says what it does, an object a line', async (t) => {
  const { stdout } = await netplan(['apply', '--auto-approve', '--json', ...at], { input: bridge })
  const types = readDocuments(stdout).map(({ type }) => type)
  t.deepEqual([types[0], types.at(-1)], ['plan', 'done'])
  t.deepEqual([...new Set(types)], ['plan', 'progress', 'done'])
})

test.serial('2: the node differs', async (t) => {
  for (const args of [['check'], ['plan', '--detailed-exitcode']]) {
    const { code, stdout } = await netplan([...args, ...at], { input: bridge })
    t.is(code, 2)
    t.regex(stdout, /^Plan: 2 to add, 0 to change, 0 to replace, 0 to destroy\.$/m)
    t.is((await json(args, bridge)).code, 2)
  }
})

test.serial('1: what exists and is not ours is a conflict, and stays', async (t) => {
  node.ip('link add name br0 type bridge')
  try {
    const before = node.ip('link show dev br0')
    for (const args of [['plan'], ['check'], ['apply', '--auto-approve']]) {
      const { code, stderr } = await netplan([...args, ...at], { input: bridge })
      t.is(code, 1)
      t.regex(stderr, /^<stdin>:2:3: error: bridge br0 exists already and is not ours$/m)
      const { code: same, last } = await json(args, bridge)
      t.is(same, 1)
      t.like(last, { error: { code: 'no-plan', diagnostics: [{ code: 'conflict' }] } })
    }
    t.is(node.ip('link show dev br0'), before)
  } finally {
    node.ip('link delete dev br0')
  }
})

test.serial('1: two owners with one number', async (t) => {
  const file = (owner: string): string => `owner: ${owner}\nownerId: 101\nsysctls: {}\n`
  await netplan(['apply', '--auto-approve', ...at], { input: `${file('one')}${bridge}` })
  const { code, last } = await json(['plan'], file('two'))
  t.is(code, 1)
  t.like(last, { error: { code: 'owner-clash' } })
  await netplan(['destroy', '--auto-approve', ...at], { input: file('one') })
})

test.serial('1: no such namespace', async (t) => {
  for (const netns of ['no-such', '/run/netns/no-such', '2147483647', '/proc/version']) {
    const { code, stderr } = await netplan(['plan', '--netns', netns], { input: bridge })
    t.is(code, 1, netns)
    t.regex(stderr, /^netplan: there is no network namespace /)
  }
})

test.serial('4: a step is refused: its line, and everything is as it was', async (t) => {
  const refused = `${bridge}routes:\n  - { to: 10.99.0.0/16, via: 10.200.0.1 }\n`
  const { code, stderr } = await netplan(['apply', '--auto-approve', ...at], { input: refused })
  t.is(code, 4)
  t.regex(stderr, /^<stdin>:4:5: error: ip route add 10\.99\.0\.0\/16 .*invalid gateway/m)
  t.regex(stderr, /\d+ of \d+ steps were done, and rolled back; the node is as it was/)
  const { code: same, last } = await json(['apply', '--auto-approve'], refused)
  t.is(same, 4)
  t.like(last, { error: { code: 'step-failed', diagnostics: [{ location: { line: 4 } }] } })
})

test.serial('1: the very first step is refused', async (t) => {
  const input = 'routes:\n  - { to: 10.99.0.0/16, via: 10.200.0.1 }\n'
  t.is((await netplan(['apply', '--auto-approve', ...at], { input })).code, 1)
})

test.serial('65: an invalid configuration, with all that is wrong with it', async (t) => {
  const input = 'bridges:\n  br0: { adresses: [10.9.0.1/24], mtu: 12 }\n'
  for (const command of ['validate', 'plan', 'check', 'apply', 'destroy', 'show']) {
    const where = command === 'validate' ? [] : at
    const text = await netplan([command, ...where], { input })
    t.is(text.code, 65, command)
    t.is(text.stdout, '')
    t.regex(text.stderr, /^<stdin>:2:10: error: unknown key "adresses" in bridge br0$/m)
    t.regex(text.stderr, /^netplan: the configuration is invalid: 2 errors$/m)
    const { code, stdout, stderr } = await netplan([command, ...where, '--json'], { input })
    t.deepEqual([code, stderr], [65, ''], command)
    t.like(readDocuments(stdout), [
      {
        error: {
          code: 'invalid-configuration',
          diagnostics: [{ code: 'unknown-key' }, { code: 'schema' }],
        },
      },
    ])
  }
})

test.serial('65: no such file, and a file of Canonical', async (t) => {
  const { code, stderr } = await netplan(['validate', '-f', 'no-such.yaml'])
  t.is(code, 65)
  t.regex(stderr, /cannot read no-such\.yaml: no such file/)
  const input = 'network:\n  version: 2\n  ethernets: { eth0: { dhcp4: true } }\n'
  const canonical = await json(['plan'], input)
  t.is(canonical.code, 65)
  t.like(canonical.last, { error: { diagnostics: [{ code: 'canonical' }] } })
})

const withoutCapabilities = ['setpriv', '--bounding-set=-all', '--inh-caps=-all']

test.serial('77: not allowed to enter the node', async (t) => {
  for (const command of [['plan'], ['check'], ['apply', '--auto-approve'], ['show']]) {
    const argv = [...withoutCapabilities, ...program, ...command, ...at, '-f', '-']
    const { code, stderr } = await run(argv, { input: bridge })
    t.is(code, 77, command.join(' '))
    t.regex(stderr, /not permitted.*are you root\?/)
    const { code: same, stdout } = await run([...argv, '--json'], { input: bridge })
    t.is(same, 77)
    t.like(readDocuments(stdout), [{ error: { code: 'missing-privilege' } }])
  }
})

test.serial('77: not allowed to change the node', async (t) => {
  const argv = [...withoutCapabilities, ...program, 'apply', '--auto-approve', '-f', '-']
  const { code } = await run(argv, { input: bridge, netns: node.name })
  t.is(code, 77)
})

/** A program whose interpreter is missing cannot be started, as if it were not there itself. */
const without = async (
  name: string,
  args: readonly string[],
  options: { readonly input: string; readonly netns?: string },
): ReturnType<typeof run> => {
  const folder = mkdtempSync('/run/netplan-test-')
  const broken = join(folder, 'broken')
  writeFileSync(broken, '#!/no/such/interpreter\n', { mode: 0o755 })
  const hide = `mount --bind ${broken} "$(readlink -f "$(command -v ${name})")" && exec "$@"`
  const unshare = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', hide, 'sh']
  try {
    const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }
    return await run([...unshare, ...program, ...args, '-f', '-'], { ...options, env })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test.serial('77: a program is missing, and the command that gets it', async (t) => {
  const options = { input: bridge, netns: node.name }
  const { code, stderr } = await without('ip', ['plan'], options)
  t.is(code, 77)
  t.is(stderr, 'netplan: the program ip is missing: apt-get install iproute2\n')
  const json = await without('ip', ['plan', '--json'], options)
  t.is(json.code, 77)
  t.like(readDocuments(json.stdout), [{ error: { code: 'missing-program' } }])
})

test.serial('77: a program that checks are made with is missing', async (t) => {
  const reaches = '{ tcp: "127.0.0.1:80", reaches: ["127.0.0.1:80"] }'
  const programs = {
    ping: ['iputils-ping', '{ ping: 127.0.0.1 }'],
    conntrack: ['conntrack', reaches],
  }
  for (const [name, [parcel, check]] of Object.entries(programs)) {
    const input = `checks: [${String(check)}]\n`
    const { code, stderr } = await without(name, ['check', '--probes'], { input })
    t.is(code, 77)
    t.is(stderr, `netplan: the program ${name} is missing: apt-get install ${String(parcel)}\n`)
  }
})

test.serial('77: a program is missing, with --netns', async (t) => {
  t.is((await without('ip', ['plan', ...at], { input: bridge })).code, 77)
})

test.serial('a program that is missing half-way leaves no bridge, or says 5', async (t) => {
  const input = `${bridge}sysctls: { net.ipv4.ip_forward: 1 }\n`
  const options = { input, netns: node.name }
  const { code } = await without('sysctl', ['apply', '--auto-approve'], options)
  const left = node.ip('-o link show type bridge')
  t.true(code === 5 || left === '', `exit ${code}, left: ${left}`)
})
