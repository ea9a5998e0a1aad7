// cni install and uninstall: what they write, and that a runtime can use it.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { createNode } from '../node/harness.ts'
import type { TestNode } from '../node/harness.ts'
import { root, run } from '../run.ts'
import type { Ended } from '../run.ts'

const folder = mkdtempSync('/run/netplan-test-')

test.after.always(() => rmSync(folder, { recursive: true }))

const example = join(root, 'examples/cni/fleet.yaml')

interface Site {
  readonly node: TestNode
  readonly binDir: string
  readonly confDir: string
  cni(...args: string[]): Promise<Ended>
  network(name?: string): Network
}

interface Network {
  readonly cniVersion: string
  readonly name: string
  readonly plugins: readonly [{ readonly ipam: object; readonly bridge: string }]
}

const open = (t: ExecutionContext): Site => {
  const node = createNode()
  t.teardown(() => node.remove())
  const [binDir, confDir] = [join(folder, node.name, 'bin'), join(folder, node.name, 'net.d')]
  const cni = (...args: string[]): Promise<Ended> => {
    const where = ['--bin-dir', binDir, '--conf-dir', confDir]
    const argv = [process.execPath, join(root, 'bin/run.cjs'), 'cni', ...args, ...where]
    return run(argv, { netns: node.name })
  }
  return {
    ...{ node, binDir, confDir, cni },
    network: (name = 'netplan') =>
      JSON.parse(readFileSync(join(confDir, `10-${name}.conflist`), 'utf8')) as Network,
  }
}

const install = ['install', '-f', example, '--node', 'node-2'] as const

/** As a runtime calls it: by its file, with nothing else of an environment. */
const call = (
  { node, binDir, network }: Site,
  command: string,
  pod: string,
  dataDir: string,
): Promise<Ended> => {
  const { cniVersion, name, plugins } = network()
  const [plugin] = plugins
  const env = {
    CNI_COMMAND: command,
    CNI_CONTAINERID: pod,
    CNI_NETNS: `/run/netns/${pod}`,
    CNI_IFNAME: 'eth0',
    CNI_PATH: binDir,
  }
  const words = Object.entries(env).map((pair) => pair.join('='))
  const argv = ['env', '-i', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', ...words]
  const input = JSON.stringify({ cniVersion, name, ...plugin, ipam: { ...plugin.ipam, dataDir } })
  return run([...argv, join(binDir, 'netplan-cni')], { netns: node.name, input })
}

test('install writes what is not as it has to be, and uninstall takes it away', async (t) => {
  const site = open(t)
  const { binDir, confDir, cni } = site
  const program = join(binDir, 'netplan-cni')
  const file = join(confDir, '10-netplan.conflist')
  const first = await cni(...install)
  t.deepEqual(first, { code: 0, stdout: `${program}: written\n${file}: written\n`, stderr: '' })
  t.deepEqual(site.network(), {
    cniVersion: '1.0.0',
    name: 'netplan',
    plugins: [
      {
        ...{ type: 'netplan-cni', bridge: 'cni0', isDefaultGateway: true, hairpinMode: true },
        ipam: { ranges: [[{ subnet: '10.244.1.0/24' }]], reserved: ['10.244.1.64/26'] },
        capabilities: { portMappings: true, ips: true, mac: true },
      },
    ],
  } as unknown as Network)
  const marks = [lstatSync(file).ino, lstatSync(program).ino]
  const again = await cni(...install)
  t.is(again.stdout, `${program}: unchanged\n${file}: unchanged\n`)
  t.deepEqual([lstatSync(file).ino, lstatSync(program).ino], marks)
  const other = await cni(...install, '--cni-version', '0.4.0', '--json')
  t.deepEqual(JSON.parse(other.stdout), {
    formatVersion: '1.0',
    action: 'install',
    files: [
      { path: program, state: 'unchanged' },
      { path: file, state: 'written' },
    ],
  })
  t.is(site.network().cniVersion, '0.4.0')
  t.is((await cni('uninstall')).stdout, `${file}: removed\n${program}: removed\n`)
  t.deepEqual([readdirSync(binDir), readdirSync(confDir)], [[], []])
  t.is((await cni('uninstall')).stdout, `${file}: absent\n${program}: absent\n`)
})

test('what was there before is replaced, and nothing of it is left', async (t) => {
  const { binDir, confDir, cni } = open(t)
  mkdirSync(join(binDir, '.netplan-cni-0123456789abcdef/bin'), { recursive: true })
  symlinkSync('.netplan-cni-0123456789abcdef/bin/run.cjs', join(binDir, 'netplan-cni'))
  writeFileSync(join(binDir, 'bridge'), 'of somebody else')
  mkdirSync(confDir)
  writeFileSync(join(confDir, '10-netplan.conflist'), '{}')
  writeFileSync(join(confDir, '05-first.conflist'), '{}')
  const { code, stderr } = await cni(...install)
  t.is(code, 0)
  t.regex(stderr, /take 05-first\.conflist/)
  const [copy = '', ...rest] = readdirSync(binDir).sort()
  t.deepEqual(rest, ['bridge', 'netplan-cni'])
  t.is(readlinkSync(join(binDir, 'netplan-cni')), `${copy}/bin/run.cjs`)
  t.not(copy, '.netplan-cni-0123456789abcdef')
  rmSync(join(binDir, 'netplan-cni'))
  writeFileSync(join(binDir, 'netplan-cni'), 'no program')
  t.regex((await cni(...install)).stdout, /netplan-cni: written/)
  t.is(readlinkSync(join(binDir, 'netplan-cni')), `${copy}/bin/run.cjs`)
})

test('a runtime gives pods their network by it; while there are some it stays', async (t) => {
  const site = open(t)
  const { node, binDir, cni } = site
  t.is((await cni(...install)).code, 0)
  const pod = node.ns('pod')
  node.ip(`netns add ${pod}`)
  const dataDir = join(folder, node.name, 'data')
  const added = await call(site, 'ADD', pod, dataDir)
  t.is(added.code, 0, added.stdout)
  t.regex(node.ip('route show default', pod), /default via 10\.244\.1\.1 dev eth0/)
  t.true(existsSync(join(dataDir, 'netplan/10.244.1.2')))
  node.exec(['ping', '-c1', '-W2', '10.244.1.2'])
  const program = join(binDir, 'netplan-cni')
  const kept = await cni('uninstall')
  t.regex(kept.stderr, /1 pod is still attached and keeps its network/)
  t.true(kept.stdout.includes(`${program}: kept`))
  t.is((await cni(...install)).code, 0)
  const deleted = await call(site, 'DEL', pod, dataDir)
  t.is(deleted.code, 0, deleted.stdout)
  t.is((await cni('uninstall')).code, 0)
  t.is(node.exec(['ip', '-o', 'link']).split('\n').length, 2)
  t.is(node.exec(['sysctl', '-n', 'net.ipv4.ip_forward']), '0\n')
})

const write = (t: ExecutionContext, text: string): string => {
  const own = mkdtempSync(join(folder, 'file-'))
  t.teardown(() => rmSync(own, { recursive: true }))
  const file = join(own, 'fleet.yaml')
  writeFileSync(file, text)
  return file
}

test('pods of the file keep their addresses, and a flat network is shared by ranges', async (t) => {
  const site = open(t)
  const file = write(
    t,
    `
cluster:
  podCIDR: [10.244.0.0/16, 'fd00:244::/48']
  podCIDRFrom: position
  backend: { type: vxlan, flood: multicast }
  interface: eth0
  mtu: 1400
  bridge: pods
  nodes: { node-1: { address: 172.18.0.2 }, node-2: { address: 172.18.0.3 } }
pods: { web: { node: node-2, address: [10.244.1.9, 'fd00:244:0:1::9'] } }
`,
  )
  const { code, stderr } = await site.cni('install', '-f', file, '--node', 'node-2', '--name', 'my')
  t.is(code, 0, stderr)
  const { name, plugins } = site.network('my')
  t.is(name, 'my')
  t.like(plugins[0], {
    bridge: 'pods',
    mtu: 1400,
    ipam: {
      ranges: [
        [
          {
            ...{ subnet: '10.244.0.0/16', gateway: '10.244.1.1' },
            ...{ rangeStart: '10.244.1.1', rangeEnd: '10.244.1.255' },
          },
        ],
        [
          {
            ...{ subnet: 'fd00:244::/48', gateway: 'fd00:244:0:1::1' },
            ...{ rangeStart: 'fd00:244:0:1::1', rangeEnd: 'fd00:244:0:1:ffff:ffff:ffff:ffff' },
          },
        ],
      ],
      reserved: ['10.244.1.9', 'fd00:244:0:1::9'],
    },
  })
})

test('what no network can be made of is refused, and nothing is written', async (t) => {
  const { binDir, cni } = open(t)
  const file = write(t, 'bridges: { br0: {} }\n')
  const refused = await cni('install', '-f', file)
  t.is(refused.code, 65)
  t.regex(refused.stderr, /has no cluster/)
  t.is((await cni('install', '-f', example, '--node', 'node-9')).code, 1)
  t.is((await cni(...install, '--name', '../x')).code, 64)
  t.is((await cni('reinstall')).code, 64)
  t.is((await cni()).code, 64)
  t.false(existsSync(binDir))
})
