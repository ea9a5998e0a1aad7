import { join } from 'node:path'
import { listGateways, listPods } from './expectation.ts'
import type { Expectation } from './expectation.ts'
import { root } from '../run.ts'
import { serve, succeed } from './lab.ts'

/** Of an IP packet of 1,400 bytes, what is left for the data of a ping. */
const payload = (address: string): string => (address.includes(':') ? '1352' : '1372')

/** `-w`: up to that many seconds, until the first answer. */
const ping = async (netns: string, address: string, ...options: string[]): Promise<void> => {
  await succeed(['ping', '-n', '-q', '-c', '1', '-w', '5', ...options, address], netns)
}

/**
 * Pings from every pod and every node to every pod and gateway, with a small packet and with one of
 * 1,400 bytes that nobody may fragment.
 *
 * @returns how many
 */
export const pingAll = async (expectation: Expectation): Promise<number> => {
  const pods = listPods(expectation)
  const from = [...pods.map(({ name }) => name), ...Object.keys(expectation.nodes)]
  const to = [...pods.flatMap(({ addresses }) => addresses), ...listGateways(expectation)]
  const pings = from.flatMap((netns) =>
    to.flatMap((address) => [
      ping(netns, address),
      ping(netns, address, '-M', 'do', '-s', payload(address)),
    ]),
  )
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
