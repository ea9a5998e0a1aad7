// How an error is told, and that nothing is left behind one: by the program itself, on a node.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { explain } from '../../src/cni/explain.ts'
import { alone } from '../../src/cni/operations.ts'
import { acquireLock } from '../../src/kernel/lock.ts'
import { createLab } from './lab.ts'
import type { Lab } from './lab.ts'
import { call } from './protocol.ts'
import type { Answered, Command, Document } from './protocol.ts'
import { tracesOf } from './traces.ts'
import { root } from '../run.ts'

const program = join(root, 'bin/netplan-cni')

interface Desk {
  readonly lab: Lab
  /** A folder of CNI_PATH, for plugins of the test. */
  readonly plugins: string
  readonly dataDir: string
  readonly netns: string
  ask(command: Command, config: unknown, netns?: string): Promise<Answered>
  /** A plugin that is a script of a shell. */
  plugin(name: string, script: string): void
}

const openDesk = async (t: ExecutionContext): Promise<Desk> => {
  const lab = await createLab(t)
  const folder = mkdtempSync(join(tmpdir(), 'netplan-cni-errors-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const plugins = join(folder, 'bin')
  mkdirSync(plugins)
  const netns = `/run/netns/${lab.pod('p1').netns}`
  return {
    ...{ lab, plugins, netns, dataDir: join(folder, 'networks') },
    ask: (command, config, where = netns) => {
      const attachment = { containerId: 'abc', netns: where, ifname: 'eth0' }
      return call(lab.machine, { command, program, path: [plugins], attachment }, config)
    },
    plugin: (name, script) => {
      writeFileSync(join(plugins, name), `#!/bin/sh\n${script}\n`)
      chmodSync(join(plugins, name), 0o755)
    },
  }
}

const networkOf = ({ dataDir }: Desk, more: object = {}): Document => ({
  ...{ cniVersion: '1.1.0', name: 'pods', type: 'netplan-cni', isGateway: true, ipMasq: true },
  ipam: { type: 'netplan-cni', subnet: '10.88.0.0/30', dataDir },
  ...more,
})

const withIpam = (desk: Desk, type: string): Document => networkOf(desk, { ipam: { type } })

/** The answer of a command that fails: a document, with what is to be in it, and nothing else. */
const refused = (
  t: ExecutionContext,
  { code, stdout, document }: Answered,
  expected: { readonly code: number; readonly msg: RegExp; readonly details?: RegExp },
): void => {
  t.is(code, 1, stdout)
  const { cniVersion, code: told, msg, details, ...rest } = document ?? {}
  t.is(cniVersion, '1.1.0')
  t.is(told, expected.code, stdout)
  t.regex(String(msg), expected.msg)
  if (expected.details) t.regex(String(details), expected.details)
  t.deepEqual(rest, {})
}

/** Nothing but the answer comes of it. */
const testRefused = (
  title: string,
  expected: { readonly code: number; readonly msg: RegExp; readonly details?: RegExp },
  ask: (desk: Desk) => Promise<Answered>,
): void => {
  test.serial(title, async (t) => {
    const desk = await openDesk(t)
    const { lab, dataDir, netns } = desk
    const look = (): unknown => ({
      node: tracesOf(lab.node, dataDir, 'pods'),
      pod: lab.node.exec(['nsenter', `--net=${netns}`, 'ip', '-br', 'address']),
    })
    const before = look()
    refused(t, await ask(desk), expected)
    t.deepEqual(look(), before)
  })
}

test.serial('called by hand it says what it is, to people', async (t) => {
  const { lab } = await openDesk(t)
  const { code, stdout, stderr } = await lab.machine.exec([program])
  t.deepEqual({ code, stdout }, { code: 0, stdout: '' })
  t.regex(stderr, /CNI_COMMAND is not set/)
})

testRefused('a variable is missing', { code: 4, msg: /\[CNI_NETNS\] missing/ }, (desk) =>
  desk.ask('ADD', networkOf(desk), ''),
)
testRefused('no JSON', { code: 6, msg: /is no JSON/, details: /./ }, ({ ask }) => ask('ADD', '{'))
testRefused('VERSION of no JSON', { code: 6, msg: /is no JSON/ }, ({ ask }) => ask('VERSION', '{'))
testRefused('a version to come', { code: 1, msg: /^incompatible/, details: /9\.9\.9/ }, (desk) =>
  desk.ask('ADD', networkOf(desk, { cniVersion: '9.9.9' })),
)
testRefused('what is not supported', { code: 2, msg: /vlan/, details: /vlan: 5/ }, (desk) =>
  desk.ask('ADD', networkOf(desk, { vlan: 5 })),
)
testRefused('a wrong configuration', { code: 7, msg: /^mtu is out/, details: /^5$/ }, (desk) =>
  desk.ask('ADD', networkOf(desk, { mtu: 5 })),
)
testRefused('CNI_NETNS is no path', { code: 4, msg: /is no path/ }, (desk) =>
  desk.ask('ADD', networkOf(desk), 'p1'),
)
testRefused('CNI_NETNS is not there', { code: 3, msg: /there is no namespace/ }, (desk) =>
  desk.ask('ADD', networkOf(desk), '/run/netns/netplan-nowhere'),
)
testRefused('CNI_NETNS is a file', { code: 100, msg: /./ }, (desk) =>
  desk.ask('ADD', networkOf(desk), program),
)
testRefused('CNI_NETNS is the node', { code: 4, msg: /the node itself/ }, (desk) =>
  desk.ask('ADD', networkOf(desk), `/run/netns/${desk.lab.node.name}`),
)
testRefused('CHECK without a prevResult', { code: 7, msg: /needs a prevResult/ }, (desk) =>
  desk.ask('CHECK', networkOf(desk)),
)
testRefused('CHECK of what is not attached', { code: 101, msg: /is not attached/ }, (desk) =>
  desk.ask('CHECK', networkOf(desk, { prevResult: { cniVersion: '1.1.0', ips: [] } })),
)
testRefused('GC that is not told who is left', { code: 7, msg: /valid-attachments/ }, (desk) =>
  desk.ask('GC', networkOf(desk)),
)
testRefused('an address of no range is asked for', { code: 102, msg: /in no range/ }, (desk) =>
  desk.ask('ADD', networkOf(desk, { runtimeConfig: { ips: ['10.9.9.9'] } })),
)
testRefused('STATUS of a network that is full', { code: 50, msg: /no address is left/ }, (desk) => {
  const ipam = { subnet: '10.88.0.0/30', reserved: ['10.88.0.2'], dataDir: desk.dataDir }
  return desk.ask('STATUS', networkOf(desk, { ipam: { type: 'netplan-cni', ...ipam } }))
})
testRefused('ADD to a network that is full', { code: 102, msg: /no address is left/ }, (desk) => {
  const ipam = { subnet: '10.88.0.0/30', reserved: ['10.88.0.2'], dataDir: desk.dataDir }
  return desk.ask('ADD', networkOf(desk, { ipam: { type: 'netplan-cni', ...ipam } }))
})
testRefused('ports of a pod that has no address', { code: 7, msg: /need addresses/ }, (desk) => {
  const portMappings = [{ hostPort: 80, containerPort: 80 }]
  return desk.ask('ADD', networkOf(desk, { ipam: {}, runtimeConfig: { portMappings } }))
})
testRefused('what the kernel refuses', { code: 100, msg: /./, details: /./ }, (desk) => {
  const routes = [{ dst: '10.99.0.0/16', gw: '10.77.0.1' }]
  const ipam = { subnet: '10.88.0.0/30', routes, dataDir: desk.dataDir }
  return desk.ask('ADD', networkOf(desk, { ipam: { type: 'netplan-cni', ...ipam } }))
})
testRefused('the device is there already', { code: 100, msg: /./ }, (desk) => {
  desk.lab.node.exec([
    'nsenter',
    `--net=${desk.netns}`,
    'ip',
    'link',
    'add',
    'eth0',
    'type',
    'bridge',
  ])
  const traces = desk.ask('ADD', networkOf(desk))
  return traces.finally(() => {
    desk.lab.node.exec(['nsenter', `--net=${desk.netns}`, 'ip', 'link', 'delete', 'eth0'])
  })
})

for (const command of ['ADD', 'DEL', 'STATUS', 'GC'] as const)
  testRefused(
    `${command}: there is no such IPAM plugin`,
    { code: 7, msg: /failed to find plugin "nowhere" in path/ },
    (desk) => desk.ask(command, { ...withIpam(desk, 'nowhere'), 'cni.dev/valid-attachments': [] }),
  )

testRefused(
  'an IPAM plugin fails, with a document',
  { code: 123, msg: /^ipam: no lease$/, details: /^the server is away$/ },
  (desk) => {
    const said = '{"cniVersion":"1.1.0","code":123,"msg":"no lease","details":"the server is away"}'
    desk.plugin('ipam', `echo '${said}'; exit 1`)
    return desk.ask('ADD', withIpam(desk, 'ipam'))
  },
)
testRefused(
  'an IPAM plugin fails, without one',
  { code: 100, msg: /^ipam failed$/, details: /^out of order$/ },
  (desk) => {
    desk.plugin('ipam', 'echo out of order >&2; exit 3')
    return desk.ask('ADD', withIpam(desk, 'ipam'))
  },
)
testRefused('an IPAM plugin that cannot be started', { code: 100, msg: /./ }, (desk) => {
  writeFileSync(join(desk.plugins, 'ipam'), 'no program')
  chmodSync(join(desk.plugins, 'ipam'), 0o755)
  return desk.ask('ADD', withIpam(desk, 'ipam'))
})

/** What is printed by an IPAM plugin that ends well, and what is made of it. */
const results: readonly (readonly [string, string, { code: number; msg: RegExp }])[] = [
  ['nothing', '', { code: 6, msg: /^ipam printed no result: what it printed is no JSON/ }],
  ['nonsense', 'nonsense', { code: 6, msg: /^ipam printed no result: .* is no JSON/ }],
  ['a list', '[]', { code: 6, msg: /^ipam printed no result: .* is no object/ }],
  ['no address', '{"ips":[]}', { code: 100, msg: /^the IPAM plugin ipam gave no address/ }],
  ['a bad address', '{"ips":[{"address":"x"}]}', { code: 6, msg: /^ipam printed no result: ips/ }],
]

for (const [title, printed, expected] of results)
  testRefused(
    `an IPAM plugin prints ${title}, and is told to take it back`,
    expected,
    async (desk) => {
      const told = join(desk.plugins, 'told')
      desk.plugin(
        'ipam',
        `echo $CNI_COMMAND >> ${told}; [ $CNI_COMMAND = DEL ] || echo '${printed}'`,
      )
      const answered = await desk.ask('ADD', withIpam(desk, 'ipam'))
      if (desk.lab.node.exec(['cat', told]) !== 'ADD\nDEL\n') throw new Error('it was not told')
      return answered
    },
  )

testRefused(
  'the kernel refuses, and so does the IPAM plugin then: both are told, the first is the error',
  { code: 100, msg: /rolled back|nothing was changed/, details: /; then: ipam: too late$/ },
  (desk) => {
    const result =
      '{"ips":[{"address":"10.88.0.2/24"}],"routes":[{"dst":"10.9.0.0/16","gw":"10.7.0.1"}]}'
    const late = '{"code":9,"msg":"too late"}'
    desk.plugin(
      'ipam',
      `if [ $CNI_COMMAND = DEL ]; then echo '${late}'; exit 1; fi; echo '${result}'`,
    )
    return desk.ask('ADD', withIpam(desk, 'ipam'))
  },
)

for (const [command, cniVersion, needed] of [
  ['CHECK', '0.3.1', '0.4.0'],
  ['GC', '1.0.0', '1.1.0'],
  ['STATUS', '1.0.0', '1.1.0'],
] as const)
  test.serial(`${command} is newer than version ${cniVersion}`, async (t) => {
    const desk = await openDesk(t)
    const { code, document } = await desk.ask(command, networkOf(desk, { cniVersion }))
    t.is(code, 1)
    const msg = `${command} needs version ${needed} of the specification`
    const details = `the configuration is of version ${cniVersion}`
    t.deepEqual(document, { cniVersion, code: 1, msg, details })
  })

test.serial('an error is told in the version of the configuration', async (t) => {
  const desk = await openDesk(t)
  const { document } = await desk.ask('ADD', networkOf(desk, { cniVersion: '0.4.0', mtu: 1 }))
  t.is(document?.['cniVersion'], '0.4.0')
  t.is(document?.['code'], 7)
})

test.serial('DEL and GC of a network that never was do nothing', async (t) => {
  const desk = await openDesk(t)
  const config = { ...networkOf(desk), 'cni.dev/valid-attachments': [] }
  for (const command of ['DEL', 'GC'] as const) {
    const { code, stdout } = await desk.ask(command, config)
    t.deepEqual({ code, stdout }, { code: 0, stdout: '' })
  }
  t.false(existsSync(desk.dataDir))
})

test.serial('what fails is written down, too', async (t) => {
  const desk = await openDesk(t)
  const logFile = join(desk.plugins, 'log')
  await desk.ask('ADD', networkOf(desk, { logFile }), '/run/netns/netplan-nowhere')
  await desk.ask('DEL', networkOf(desk, { logFile }))
  const lines = desk.lab.node.exec(['cat', logFile]).trim().split('\n')
  const told = lines.map((line) => JSON.parse(line) as Document)
  t.deepEqual(
    told.map(({ command, containerId, code }) => ({ command, containerId, code })),
    [
      { command: 'ADD', containerId: 'abc', code: 1 },
      { command: 'DEL', containerId: 'abc', code: 0 },
    ],
  )
  t.is((told[0]?.['answer'] as Document)['code'], 3)
})

test.serial('who waits for the node in vain is to come again', async (t) => {
  const { lab } = await openDesk(t)
  const inode = Number(lab.node.exec(['stat', '-Lc', '%i', '/proc/self/ns/net']).trim())
  const node = { inode, born: undefined, path: undefined }
  const lock = await acquireLock(node, { command: 'netplan apply' })
  const environment = {
    ...{ command: 'ADD' as const, containerId: 'abc', netns: '', ifname: 'eth0' },
  }
  const waiting = { node, environment: { ...environment, path: [], args: new Map() } }
  const error = await t.throwsAsync(alone(waiting, () => Promise.resolve(), 20))
  await lock.release()
  const { code, message } = explain(error)
  t.is(code, 11)
  t.regex(message, /another apply is at work on this node: netplan apply \(pid/)
  t.is(await alone(waiting, () => Promise.resolve('done'), 20), 'done')
})
