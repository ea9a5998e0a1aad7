import type { FleetNodeDocument } from '../present/fleet-document.ts'
import { startCounting } from '../present/fleet-document.ts'
import { startFleetTable } from '../present/fleet.ts'
import type { FleetTable, FleetTextOptions } from '../present/fleet.ts'
import type { Setting } from '../present/pipeline/finding.ts'
import { drawFleet } from '../present/pipeline/fleet.ts'
import type { FleetReport, NodeOutcome } from '../present/pipeline/fleet.ts'
import { plain } from '../present/style.ts'
import type { Rendition } from './rendition.ts'

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

/** A fleet's plan as it was read, node by node: what is kept of it. */
interface FleetRead extends FleetReport {
  readonly table: FleetTable
}

/** All nodes, one after the other; as JSON each is printed as it comes about: all of them may be larger than memory. */
export const readFleet = async (
  nodes: AsyncIterable<FleetNodeDocument>,
  isPrinted: boolean,
): Promise<FleetRead> => {
  const print = isPrinted ? write : undefined
  const counter = startCounting()
  const table = startFleetTable()
  const outcomes: NodeOutcome[] = []
  await print?.('{"formatVersion":"1.0","type":"fleet","nodes":[')
  for await (const document of nodes) {
    const { node, status, summary, diagnostics } = document
    await print?.((outcomes.length === 0 ? '\n' : ',\n') + JSON.stringify(document))
    counter.count(document)
    table.add(document)
    outcomes.push({ node, status, summary, diagnostics })
  }
  const summary = counter.summary()
  await print?.(`\n],"summary":${JSON.stringify(summary)}}\n`)
  return { summary, table, outcomes }
}

const fileWidth = 100

export const fleetRendition = (
  { summary, table, outcomes }: FleetRead,
  options: FleetTextOptions,
  setting: Setting,
): Rendition => {
  const plainText = (): string => table.text(summary, { style: plain, width: fileWidth })
  return {
    text: (isFile) => (isFile ? plainText() : table.text(summary, options)),
    json: undefined,
    drawings: drawFleet({ summary, outcomes, text: plainText }, setting),
  }
}
