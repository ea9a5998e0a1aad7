// Connections while the rules change: none of them is to notice.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { closeLab, judge, openLab } from './lab.js'
import { inside, measure, run, tool } from './machine.js'
import { applyArgv } from './netplan.js'
import { withChange, writeConfiguration } from './scenario.js'
import { median } from './statistics.js'

const UPDATES = 20
const CONNECTIONS = 40_000
const CHANGING = 5 // so many services lose and get an endpoint in turn, and are asked most

/** @returns one row: connections that failed, of how many, during how many updates */
export const runLoop = async (job) => {
  const lab = await openLab('loop')
  const files = fileNames(job)
  try {
    writeFileSync(files.addresses, job.services.map(({ address }) => `${address}\n`).join(''))
    run(applyArgv({ ...job, namespace: lab.node }, writeConfiguration(files.before, job.services)))
    return [await connectAndUpdate(lab, job, files)]
  } finally {
    closeLab(lab)
  }
}

const fileNames = ({ scratch }) => ({
  before: join(scratch, 'loop'),
  changed: join(scratch, 'loop-changed'),
  addresses: join(scratch, 'loop-addresses'),
  answers: join(scratch, 'loop-answers'),
})

async function connectAndUpdate(lab, job, files) {
  const clients = startClients(lab, files)
  const walls = []
  try {
    while (walls.length < UPDATES || countLines(files.answers) < CONNECTIONS) {
      // Between two changes of the same service there are others.
      writeConfiguration(files.changed, changedAfter(job.services, walls.length + 1))
      walls.push(measure(applyArgv({ ...job, namespace: lab.node }, files.changed)).wallMs)
      await sleep(20)
    }
  } finally {
    await clients.end()
  }
  return summarize(judge(job.services, readFileSync(files.answers, 'utf8')), walls)
}

/** Every update differs from the one before in one endpoint of one service. */
const changedAfter = (services, updates) => {
  const changing = Math.min(CHANGING, services.length)
  let changed = services
  for (let at = 0; at < changing; at++) {
    const times = Math.floor((updates + changing - 1 - at) / changing)
    if (times % 2 === 1) changed = withChange(changed, at)
  }
  return changed
}

function startClients(lab, { addresses, answers }) {
  const output = openSync(answers, 'w')
  const connector = ['perl', tool('connect.pl'), addresses, String(CONNECTIONS), String(CHANGING)]
  const [program, ...args] = inside(lab.client, connector)
  const child = spawn(program, args, { stdio: ['pipe', output, 'inherit'] })
  closeSync(output)
  const ended = once(child, 'exit')
  return {
    end: async () => {
      child.stdin.end()
      await ended
    },
  }
}

const countLines = (file) => readFileSync(file, 'utf8').split('\n').length - 1

const summarize = ({ count, wrong }, walls) => ({
  task: `${walls.length} updates`,
  metric: 'failed',
  netplan: wrong.length,
  connections: count,
  updateMs: median(walls),
  wrong: wrong.slice(0, 20),
})
