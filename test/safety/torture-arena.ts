import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { program } from '../commands/cli.ts'
import { createNode, sh } from '../node/harness.ts'
import { snapshot } from '../node/snapshot.ts'
import type { Ended } from '../run.ts'
import { save } from '../services/firewall.ts'
import { findWriter } from '../apply/in-turn.ts'

/**
 * The two files that fight for a node. What one of them says of an interface, the other does too, and MAC
 * addresses are named: what is made again is the same again.
 */
const fileA = `
version: 1
namespaces:
  P-p1: { sysctls: { net.ipv4.ip_forward: 1 } }
  P-p2: {}
sysctls: { net.ipv4.ip_forward: 1 }
bridges:
  br0: { mac: '02:00:00:00:01:00', mtu: 1500, addresses: [10.1.0.1/24] }
veths:
  v1: { bridge: br0, mac: '02:00:00:00:01:01', mtu: 1500, peer: { name: eth0, mac: '02:00:00:00:02:01',
        mtu: 1500, namespace: P-p1, addresses: [10.1.0.11/24], routes: [{ to: default, via: 10.1.0.1 }] } }
  v2: { bridge: br0, mac: '02:00:00:00:01:02', peer: { name: eth0, mac: '02:00:00:00:02:02',
        namespace: P-p2, addresses: [10.1.0.12/24], routes: [{ to: default, via: 10.1.0.1 }] } }
routes: [{ to: 10.71.0.0/16, via: 10.1.0.11 }, { to: 10.72.0.0/16, via: 10.1.0.12 }]
serviceProxy: { serviceCIDRs: [10.96.0.0/16], clusterCIDRs: [10.1.0.0/16] }
services:
  web: { clusterIPs: [10.96.0.1], ports: [{ port: 80, targetPort: 8080 }],
         endpoints: [10.1.0.11, 10.1.0.12] }
  api: { clusterIPs: [10.96.0.2], ports: [{ port: 443, targetPort: 8443 }], endpoints: [10.1.0.11] }
`

const fileB = `
version: 1
namespaces:
  P-p1: { sysctls: { net.ipv4.ip_forward: 0 } }
  P-p3: { sysctls: { net.ipv4.ip_forward: 1 } }
bridges:
  br0: { mac: '02:00:00:00:01:00', mtu: 1400, addresses: [10.2.0.1/24] }
  br1: { mac: '02:00:00:00:01:09', addresses: [10.3.0.1/24] }
veths:
  v1: { bridge: br0, mac: '02:00:00:00:01:01', mtu: 1400, peer: { name: eth1, mac: '02:00:00:00:02:01',
        mtu: 1400, namespace: P-p1, addresses: [10.2.0.11/24], routes: [{ to: default, via: 10.2.0.1 }] } }
  v3: { bridge: br1, mac: '02:00:00:00:01:03', peer: { name: eth0, mac: '02:00:00:00:02:03',
        namespace: P-p3, addresses: [10.3.0.13/24], routes: [{ to: default, via: 10.3.0.1 }] } }
routes: [{ to: 10.71.0.0/16, via: 10.2.0.11 }, { to: 10.73.0.0/16, via: 10.3.0.13 }]
serviceProxy: { serviceCIDRs: [10.96.0.0/16], clusterCIDRs: [10.2.0.0/15] }
services:
  web: { clusterIPs: [10.96.0.1], ports: [{ port: 80, targetPort: 9090 }], endpoints: [10.3.0.13] }
  db: { clusterIPs: [10.96.0.3], ports: [{ port: 5432 }], endpoints: [10.2.0.11, 10.3.0.13] }
`

const foreignRules = `*filter
-A INPUT -s 192.0.2.1/32 -j DROP
COMMIT
*nat
-A POSTROUTING -s 198.51.100.0/24 -j MASQUERADE
COMMIT
*mangle
-A PREROUTING -d 203.0.113.0/24 -j MARK --set-xmark 0x1/0xffffffff
COMMIT
`

/** Everything that writes. It says who started it, and has a lock of ours as long as it runs. */
const wrapper = (folder: string): string => `#!/bin/sh
PATH=\${PATH#*:}
name=\${0##*/}
case "$name $*" in
  *' -j '*) ;;
  'ip '*'-batch -' | 'bridge '*'-batch -' | 'ip netns '* | 'sysctl -'*w* | *-restore* | 'conntrack -D'*)
    exec 9>>${folder}/writer
    flock -n 9 || echo "two writers: $PPID $name $*" >>${folder}/complaints
    ${findWriter}
    echo "\${by:-1}" >>${folder}/writers
    : >"${folder}/by/\${by:-1}" ;;
esac
exec "$name" "$@"
`

const writingPrograms = [
  ...['ip', 'bridge', 'sysctl', 'conntrack'],
  ...['iptables-nft-restore', 'ip6tables-nft-restore'],
]

/** A program that is under way. */
interface Fighter {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Whether it has begun to write. */
  isWriting(): boolean
}

/** A node that many fight for. */
export interface Arena {
  readonly files: Readonly<Record<'A' | 'B', string>>
  start(args: readonly string[]): Fighter
  /** What the node has, apart from the numbers of interfaces and from counters. */
  look(): readonly string[]
  /** The journal's path: there from the first apply on. */
  journal(): string
  /** Waits until nobody writes. */
  quiet(): void
  /** Two writers at a time. */
  complaints(): readonly string[]
  /** Who wrote, in turn: a number for each batch. */
  writers(): readonly string[]
}

const collect = (child: ChildProcess): Promise<Ended> => {
  const texts = { stdout: '', stderr: '' }
  child.stdout?.on('data', (chunk) => (texts.stdout += String(chunk)))
  child.stderr?.on('data', (chunk) => (texts.stderr += String(chunk)))
  return once(child, 'close').then(([code]) => ({ ...texts, code: (code as number | null) ?? -1 }))
}

const linesOf = (path: string): readonly string[] =>
  existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : []

const prepare = (folder: string): void => {
  mkdirSync(join(folder, 'bin'))
  mkdirSync(join(folder, 'by'))
  for (const name of writingPrograms) {
    writeFileSync(join(folder, 'bin', name), wrapper(folder))
    chmodSync(join(folder, 'bin', name), 0o755)
  }
}

export const createArena = (t: Pick<ExecutionContext, 'teardown'>): Arena => {
  const node = createNode()
  const folder = mkdtempSync('/run/torture-')
  t.teardown(() => {
    node.remove()
    rmSync(folder, { recursive: true })
  })
  prepare(folder)
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text.replaceAll('P-', `${node.name}-`))
    return join(folder, name)
  }
  const files = { A: write('a.yaml', fileA), B: write('b.yaml', fileB) }
  // What is not ours.
  node.ip('link add name foreign0 address 02:00:00:00:0f:01 type bridge')
  node.ip('address add 192.0.2.2/24 dev foreign0')
  sh(
    ['nsenter', `--net=/run/netns/${node.name}`, 'iptables-nft-restore', '--noflush'],
    foreignRules,
  )
  const state = join('/run/nodeplan', String(statSync(`/run/netns/${node.name}`).ino))
  const [runtime = '', ...words] = program
  const PATH = `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`
  return {
    files,
    start: (args) => {
      const child = spawn(runtime, [...words, ...args, '--netns', node.name, '--no-color'], {
        env: { ...process.env, PATH, NETPLAN_IPTABLES: 'nft', NODE_EXTRA_CA_CERTS: undefined },
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const mark = join(folder, 'by', String(child.pid))
      return { child, ended: collect(child), isWriting: () => existsSync(mark) }
    },
    look: () => [
      ...snapshot(node.name).map((line) => line.replace(/"ifindex":\d+,/g, '')),
      ...(['inet', 'inet6'] as const).flatMap((family) =>
        save({ node, backend: 'nft' }, family).split('\n'),
      ),
    ],
    journal: () => join(state, 'netplan.journal'),
    quiet: () => void sh(['flock', '-w', '60', join(state, 'lock'), 'true']),
    complaints: () => linesOf(join(folder, 'complaints')),
    writers: () => linesOf(join(folder, 'writers')),
  }
}
