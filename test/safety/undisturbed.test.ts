import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { netplan } from '../commands/cli.ts'
import { createNode, sh } from '../node/harness.ts'
import type { TestNode } from '../node/harness.ts'
import type { Ended } from '../run.ts'
import type { Exchanged } from './undisturbed-exchange.ts'

const exchange = fileURLToPath(new URL('undisturbed-exchange.js', import.meta.url))

/** A program in a namespace, which ends with its input, or by SIGINT. */
const launch = (netns: string, argv: readonly string[]): ChildProcess =>
  spawn('nsenter', [`--net=/run/netns/${netns}`, '--', ...argv], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_EXTRA_CA_CERTS: undefined },
  })

const textOf = async (child: ChildProcess): Promise<string> => {
  let text = ''
  child.stdout?.on('data', (chunk) => (text += String(chunk)))
  await once(child, 'close')
  return text
}

interface Traffic<T> {
  stop(): Promise<T>
}

/** A hundred pings a second. */
const ping = (netns: string, address: string): Traffic<{ sent: number; lost: number }> => {
  const child = launch(netns, ['ping', '-nq', '-i', '0.01', address])
  const text = textOf(child)
  return {
    stop: async () => {
      child.kill('SIGINT')
      const [, sent, received] = /(\d+) packets transmitted, (\d+) received/.exec(await text) ?? []
      return { sent: Number(sent), lost: Number(sent) - Number(received) }
    },
  }
}

const converse = async (
  t: ExecutionContext,
  from: string,
  [address, port]: readonly [string, number],
): Promise<Traffic<Exchanged>> => {
  const child = launch(from, [process.execPath, exchange, 'ask', address, String(port)])
  t.teardown(() => void child.kill('SIGKILL'))
  const text = textOf(child)
  await once(child.stdout ?? child, 'data')
  return {
    stop: async () => {
      child.stdin?.end()
      return JSON.parse((await text).replace('ready\n', '')) as Exchanged
    },
  }
}

const serve = async (t: ExecutionContext, netns: string, port: number): Promise<void> => {
  const child = launch(netns, [process.execPath, exchange, 'serve', String(port)])
  t.teardown(() => void child.kill('SIGKILL'))
  await once(child.stdout ?? child, 'data')
}

/** What is none of ours: a bridge with two machines at it. */
const addForeign = (node: TestNode): void => {
  node.ip('link add name foreign0 type bridge')
  node.ip('link set dev foreign0 up')
  for (const number of [1, 2]) {
    const netns = node.ns(`f${number}`)
    sh(['ip', 'netns', 'add', netns])
    node.ip(`link add name f${number} type veth peer name eth0 netns ${netns}`)
    node.ip(`link set dev f${number} master foreign0 up`)
    node.ip(`address add 10.50.0.${number}/24 dev eth0`, netns)
    node.ip('link set dev eth0 up', netns)
  }
}

const services = `
serviceProxy: { serviceCIDRs: [10.96.0.0/16], clusterCIDRs: [10.60.0.0/15] }
services:
`

const pod = (name: string, address: string): string =>
  `{ bridge: BRIDGE, peer: { name: eth0, namespace: P-${name}, addresses: [${address}/24], ` +
  `routes: [{ to: default, via: ${address.replace(/\d+$/, '1')} }] } }`

/** Of another owner: a client and a server, and a service between. */
const others = `
version: 1
owner: other
namespaces: { P-o1: {}, P-o2: {} }
bridges: { obr: { addresses: [10.60.0.1/24] } }
veths:
  o1: ${pod('o1', '10.60.0.11').replace('BRIDGE', 'obr')}
  o2: ${pod('o2', '10.60.0.12').replace('BRIDGE', 'obr')}
sysctls: { net.ipv4.ip_forward: 1 }
${services}  theirs: { clusterIPs: [10.96.1.1], ports: [{ port: 80, targetPort: 8080 }], endpoints: [10.60.0.12] }
`

/** Of the same owner. What follows the first service is what an apply adds. */
const own = (more: number): string => `
version: 1
namespaces: { P-p1: {}, P-p2: {}${Array.from({ length: more }, (_, n) => `, P-n${n}: {}`).join('')} }
bridges:
  br0: { addresses: [10.61.0.1/24] }
${Array.from({ length: more }, (_, n) => `  nbr${n}: { addresses: [10.70.${n}.1/24] }\n`).join('')}
veths:
  p1: ${pod('p1', '10.61.0.11').replace('BRIDGE', 'br0')}
  p2: ${pod('p2', '10.61.0.12').replace('BRIDGE', 'br0')}
${Array.from({ length: more }, (_, n) => `  n${n}: ${pod(`n${n}`, `10.70.${n}.11`).replace('BRIDGE', `nbr${n}`)}\n`).join('')}
${services}  steady: { clusterIPs: [10.96.0.1], ports: [{ port: 80, targetPort: 8080 }], endpoints: [10.61.0.12] }
${Array.from({ length: more }, (_, n) => `  new${n}: { clusterIPs: [10.96.2.${n + 1}], ports: [{ port: 80, targetPort: 8080 }], endpoints: [10.70.${n}.11, 10.61.0.12] }\n`).join('')}
`

/** Refuses the rules of one of the services, which come last. */
const refusing = (t: ExecutionContext, backend: string): Record<string, string> => {
  const folder = mkdtempSync('/run/undisturbed-')
  t.teardown(() => rmSync(folder, { recursive: true }))
  const name = `iptables-${backend}-restore`
  const text = `#!/bin/sh
PATH=\${PATH#*:}
input=$(cat)
case "$input" in *'-A NP'*'--to-destination 10.70.'*) echo "${name}: line 2 failed" >&2; exit 1 ;; esac
printf '%s\\n' "$input" | ${name} "$@"
`
  writeFileSync(join(folder, name), text)
  chmodSync(join(folder, name), 0o755)
  return { PATH: `${folder}:${process.env['PATH'] ?? ''}` }
}

for (const backend of ['nft', 'legacy'] as const)
  test.serial(`what is unrelated loses nothing (${backend})`, async (t) => {
    const node = createNode()
    t.teardown(() => node.remove())
    addForeign(node)
    const run = async (
      words: readonly string[],
      text?: string,
      env: Record<string, string> = {},
    ): Promise<Ended> =>
      netplan([...words, '--netns', node.name, '--no-color', '--auto-approve'], {
        env: { ...env, NETPLAN_IPTABLES: backend },
        ...(text === undefined ? {} : { input: text.replaceAll('P-', `${node.name}-`) }),
      })
    const expect = async (code: number, ...args: Parameters<typeof run>): Promise<void> => {
      const ended = await run(...args)
      t.is(ended.code, code, `${args[0].join(' ')}: ${ended.stdout}${ended.stderr}`)
    }
    await expect(0, ['apply'], others)
    await expect(0, ['apply'], own(0))
    await serve(t, node.ns('o2'), 8080)
    await serve(t, node.ns('p2'), 8080)

    const pings = ping(node.ns('f1'), '10.50.0.2')
    const theirs = await converse(t, node.ns('o1'), ['10.96.1.1', 80])
    const steady = await converse(t, node.ns('p1'), ['10.96.0.1', 80])
    await sleep(200)
    await expect(0, ['apply'], own(6))
    await expect(0, ['rollback', '--owner', 'netplan'])
    await expect(4, ['apply'], own(6), refusing(t, backend))
    await expect(0, ['apply'], own(6))
    await expect(0, ['apply'], own(2))
    const [a, b] = [await steady.stop(), pings]
    await expect(0, ['destroy'], own(2))
    await sleep(200)
    const results = { pings: await b.stop(), theirs: await theirs.stop(), steady: a }
    t.log(JSON.stringify(results))
    t.is(results.pings.lost, 0)
    t.true(results.pings.sent > 100)
    for (const { sent, answered, stall, broken } of [results.theirs, results.steady]) {
      t.is(broken, '')
      t.true(sent - answered <= Math.ceil(stall / 10) + 1 && answered > 50)
      t.true(stall < 1000)
    }
  })
