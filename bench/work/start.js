// What there is before any work: the start of the program.
import { measure } from '../machine.js'
import { helpArgv, versionArgv } from '../netplan.js'
import { rowOf } from '../rows.js'
import { alternate } from '../statistics.js'

const START = { floor: () => measure([process.execPath, '-e', '0']) }

/** @returns rows of what asks for nothing of the node */
export const measureStart = (job) =>
  Object.entries({ '--version': versionArgv(job), '--help': helpArgv(job) }).map(([id, argv]) =>
    rowOf(id, alternate(job.rounds, { netplan: () => measure(argv), ...START })),
  )
