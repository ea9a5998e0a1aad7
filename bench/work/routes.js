// R(n): n routes by one router.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { floor, inside, measure, run } from '../machine.js'
import { applyArgv, planArgv } from '../netplan.js'
import { makeNamespace, removeNamespace } from '../node.js'
import { rowOf } from '../rows.js'
import { alternate } from '../statistics.js'

const N = 10_000
const NODE = 'routes'
const ROUTER = '192.0.2.254'

export const measureRoutes = (job) => {
  const onNode = { ...job, namespace: NODE }
  const files = writeFiles(job.scratch, N)
  try {
    job.say(`R(${N}): apply`)
    const applied = alternate(job.rounds, applies(onNode, files))
    job.say(`R(${N}): plan`)
    const planned = alternate(job.rounds, plans(onNode, files))
    return [rowOf(`plan R(${N})`, planned), rowOf(`apply R(${N})`, applied)]
  } finally {
    removeNamespace(NODE)
  }
}

function writeFiles(scratch, n) {
  const files = { config: join(scratch, `routes-${n}.json`), batch: join(scratch, `routes-${n}`) }
  const targets = Array.from({ length: n }, (_, index) => `10.${index >> 8}.${index & 255}.0/24`)
  writeFileSync(files.config, routesText(targets))
  writeFileSync(files.batch, targets.map((to) => `route add ${to} via ${ROUTER}\n`).join(''))
  return files
}

/** R(n) as netplan reads it. What has so many routes is a program, and programs write JSON. */
const routesText = (targets) =>
  JSON.stringify({ version: 1, routes: targets.map((to) => ({ to, via: ROUTER })) }, null, 1)

/** A node with a device that leads to the router, and no route but its own. */
function makeNode() {
  makeNamespace(NODE)
  const lines = [
    'link add name eth0 up type veth peer name wire',
    'link set dev wire up',
    'addr add 192.0.2.1/24 dev eth0',
  ]
  run(['ip', '-n', NODE, '-batch', '-'], `${lines.join('\n')}\n`)
}

/** Both begin without routes, look, add all, and look again. */
const applies = (job, { config, batch }) => ({
  netplan: () => {
    makeNode()
    return measure(applyArgv(job, config))
  },
  floor: () => {
    makeNode()
    return measure(inside(NODE, floor('apply-routes.sh', batch)))
  },
})

/** The node has what the file says. */
const plans = (job, { config }) => {
  makeNode()
  run(applyArgv(job, config))
  return {
    netplan: () => measure(planArgv(job, config)),
    floor: () => measure(inside(NODE, floor('plan-routes.sh'))),
  }
}
