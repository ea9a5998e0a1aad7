import type { FleetNodeDocument, FleetSummary } from '../present/fleet-document.ts'
import { startCounting } from '../present/fleet-document.ts'
import { startFleetTable } from '../present/fleet.ts'
import type { FleetTextOptions } from '../present/fleet.ts'

/** Waits until who reads our output has read; of a pipe that was closed nobody has to. */
const untilRead = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => {
    const events = ['drain', 'close', 'error'] as const
    const done = (): void => {
      for (const event of events) stream.off(event, done)
      resolve()
    }
    for (const event of events) stream.on(event, done)
  })

const write = async (text: string): Promise<void> => {
  const { stdout } = process
  if (!stdout.write(text) && !stdout.destroyed) await untilRead(stdout)
}

/** One document, a node a line, written as it comes about: all of it may be larger than memory. */
export const printFleetJson = async (
  nodes: AsyncIterable<FleetNodeDocument>,
): Promise<FleetSummary> => {
  const counter = startCounting()
  await write('{"formatVersion":"1.0","type":"fleet","nodes":[')
  let separator = '\n'
  for await (const node of nodes) {
    counter.count(node)
    await write(separator + JSON.stringify(node))
    separator = ',\n'
  }
  const summary = counter.summary()
  await write(`\n],"summary":${JSON.stringify(summary)}}\n`)
  return summary
}

export const printFleetText = async (
  nodes: AsyncIterable<FleetNodeDocument>,
  options: FleetTextOptions,
): Promise<FleetSummary> => {
  const counter = startCounting()
  const table = startFleetTable()
  for await (const node of nodes) {
    counter.count(node)
    table.add(node)
  }
  const summary = counter.summary()
  await write(table.text(summary, options))
  return summary
}
