// Plans of a node that is as described: of the first, which is made, and of the next, which asks whether all is as it was.
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { rowOf } from './rows.js'
import { alternate } from './statistics.js'

const NOTES = '/run/nodeplan'

/** Takes away what netplan knows of nodes as they are: the next plan has to be made. */
export const forgetStanding = () => {
  if (!existsSync(NOTES)) return
  const files = readdirSync(NOTES, { recursive: true })
  for (const file of files.filter((name) => name.endsWith('.standing'))) rmSync(join(NOTES, file))
}

/** Two rows: `id` of the next plan, and `first ${id}` of the first one, measured alternately. */
export const planRows = (rounds, id, { netplan, ...others }) => {
  const first = () => {
    forgetStanding()
    return netplan()
  }
  const samples = alternate(rounds, { netplan, first, ...others })
  const { first: made, netplan: again, ...rest } = samples
  return [rowOf(id, { netplan: again, ...rest }), rowOf(`first ${id}`, { netplan: made, ...rest })]
}
