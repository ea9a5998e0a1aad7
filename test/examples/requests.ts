import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { Expectation, ExpectedRequest } from './expectation.ts'
import { root } from '../run.ts'
import { serve, succeed } from './lab.ts'

const program = [process.execPath, join(root, 'examples/whats-my-ip.js')]

/** Starts what is to answer requests; ends it all when called. */
export const serveAll = async ({ serve: wanted = {} }: Expectation): Promise<() => void> => {
  const places = Object.entries(wanted).flatMap(([port, names]) =>
    names.map((name) => ({ port, name })),
  )
  const stops = await Promise.all(
    places.map(({ port, name }) => serve([...program, 'serve-here', port], name)),
  )
  return () => {
    for (const stop of stops) stop()
  }
}

const line = /^(\d+) x (\S+)(?: to (\S+))?$/

/** Sends requests one after the other, and counts who answers. */
const request = async (expected: ExpectedRequest): Promise<void> => {
  const { from, to, times, port, answers, client } = expected
  const own = port === undefined ? [] : [String(port)]
  const printed = await succeed([...program, 'ask', to, String(times), ...own], from)
  const counts: Record<string, number> = {}
  for (const text of printed.trim().split('\n')) {
    const [, count = '', server = '', seen] = line.exec(text) ?? []
    counts[server] = (counts[server] ?? 0) + Number(count)
    if (client !== undefined) assert.equal(seen, client, `${from} to ${to}: ${printed}`)
  }
  const found = typeof answers === 'number' ? Object.keys(counts).length : counts
  assert.deepEqual(found, answers, `${from} to ${to}: ${printed}`)
}

/**
 * One after the other: the round of a service is shared by all who ask.
 *
 * @returns how many there were
 */
export const requestAll = async (requests: readonly ExpectedRequest[] = []): Promise<number> => {
  for (const one of requests) await request(one)
  return requests.reduce((sum, { times }) => sum + times, 0)
}
