import assert from 'node:assert/strict'
import { join } from 'node:path'
import { listGateways, listPods } from './expectation.ts'
import type { Expectation } from './expectation.ts'
import { root, run } from '../run.ts'
import { serve, succeed } from './lab.ts'

/** Somebody to ping; with a size, a packet of so many bytes with its headers, which nobody may fragment. */
interface Target {
  readonly address: string
  readonly bytes?: number
}

// Up to five seconds until the first answer (-w). One shell for all of a machine is cheaper than its pings.
const pingEach = `
for target; do
  ping -n -q -c 1 -w 5 $target >/dev/null || echo "no answer: $target" &
done
wait
`

const wordsOf = ({ address, bytes }: Target): string => {
  const headers = address.includes(':') ? 48 : 28
  return bytes === undefined ? address : `-M do -s ${String(bytes - headers)} ${address}`
}

const pingFrom = async (netns: string, targets: readonly Target[]): Promise<number> => {
  const printed = await succeed(['sh', '-c', pingEach, 'ping', ...targets.map(wordsOf)], netns)
  assert.equal(printed, '', netns)
  return targets.length
}

const answers = async (netns: string, address: string): Promise<'yes' | 'no'> => {
  const argv = ['ping', '-n', '-q', '-c', '1', '-W', '1', address]
  return (await run(argv, { netns })).code === 0 ? 'yes' : 'no'
}

/** Pings from the first pod whatever a table says of it. */
export const checkTable = async (
  expectation: Expectation,
  when: 'before' | 'after',
): Promise<void> => {
  const [pod] = listPods(expectation)
  const rows = Object.entries(expectation.pings ?? {})
  const column = when === 'before' ? 0 : 1
  const found = await Promise.all(
    rows.map(async ([address]) => [address, await answers(pod?.name ?? '', address)]),
  )
  const wanted = rows.map(([address, row]) => [address, row[column]])
  assert.deepEqual(found, wanted, when)
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
  const targets = to.map((address) => ({ address }))
  return sum(await Promise.all(from.map((netns) => pingFrom(netns, targets))))
}

/**
 * The same with packets of 1,400 bytes, and from the pods also with the largest that their own MTU lets
 * them believe in.
 */
export const pingAllWhole = async (expectation: Expectation): Promise<number> => {
  const { from, to } = endsOf(expectation)
  const pods = new Set(listPods(expectation).map(({ name }) => name))
  const counts = await Promise.all(
    from.map(async (netns) => {
      const sizes = pods.has(netns) ? [1400, await mtuOf(netns)] : [1400]
      return pingFrom(
        netns,
        sizes.flatMap((bytes) => to.map((address) => ({ address, bytes }))),
      )
    }),
  )
  return sum(counts)
}

const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0)

/**
 * Sends 1 MiB of TCP there and back between the first pods of any two nodes, over each family: an echo
 * fills both directions.
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
        .slice(firsts.indexOf(client) + 1)
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
