import { join } from 'node:path'
import { listGateways, listPods } from './expectation.ts'
import type { Expectation } from './expectation.ts'
import { root } from '../run.ts'
import { serve, succeed } from './lab.ts'

/** `-w`: up to that many seconds, until the first answer. */
const ping = async (netns: string, address: string, ...options: string[]): Promise<void> => {
  await succeed(['ping', '-n', '-q', '-c', '1', '-w', '5', ...options, address], netns)
}

/** A packet of that many bytes with its headers, which nobody may fragment. */
const pingWhole = (netns: string, address: string, bytes: number): Promise<void> => {
  const headers = address.includes(':') ? 48 : 28
  return ping(netns, address, '-M', 'do', '-s', String(bytes - headers))
}

const mtuOf = async (pod: string): Promise<number> => {
  const shown = await succeed(['ip', '-j', 'link', 'show', 'dev', 'eth0'], pod)
  const [link] = JSON.parse(shown) as readonly { readonly mtu: number }[]
  return link?.mtu ?? 0
}

/** Every pod and every node, and what each is to reach. */
const endsOf = (
  expectation: Expectation,
): { readonly from: readonly string[]; readonly to: readonly string[] } => {
  const pods = listPods(expectation)
  return {
    from: [...pods.map(({ name }) => name), ...Object.keys(expectation.nodes)],
    to: [...pods.flatMap(({ addresses }) => addresses), ...listGateways(expectation)],
  }
}

/**
 * Pings from every pod and every node to every pod and gateway.
 *
 * @returns how many
 */
export const pingAll = async (expectation: Expectation): Promise<number> => {
  const { from, to } = endsOf(expectation)
  const pings = from.flatMap((netns) => to.map((address) => ping(netns, address)))
  await Promise.all(pings)
  return pings.length
}

/**
 * The same with packets of 1,400 bytes, and from the pods also with the largest that their own MTU lets
 * them believe in.
 */
export const pingAllWhole = async (expectation: Expectation): Promise<number> => {
  const { from, to } = endsOf(expectation)
  const names = listPods(expectation).map(({ name }) => name)
  const mtus = await Promise.all(names.map(mtuOf))
  const pings = [
    ...from.flatMap((netns) => to.map((address) => pingWhole(netns, address, 1400))),
    ...names.flatMap((name, index) =>
      to.map((address) => pingWhole(name, address, mtus[index] ?? 0)),
    ),
  ]
  await Promise.all(pings)
  return pings.length
}

/**
 * Sends 1 MiB of TCP there and back between the first pods of any two nodes, over each family.
 *
 * @returns how many connections there were
 */
export const sendAll = async (expectation: Expectation): Promise<number> => {
  const pods = listPods(expectation)
  const firsts = pods.filter(
    ({ node }, index) => pods.findIndex((pod) => pod.node === node) === index,
  )
  const program = [process.execPath, join(root, 'build/test/examples/tcp.js')]
  const stops = await Promise.all(firsts.map(({ name }) => serve([...program, 'serve'], name)))
  try {
    const sends = firsts.flatMap((client) =>
      firsts
        .filter((server) => server !== client)
        .flatMap(({ addresses }) =>
          addresses.map((address) => succeed([...program, 'send', address], client.name)),
        ),
    )
    await Promise.all(sends)
    return sends.length
  } finally {
    for (const stop of stops) stop()
  }
}
