// R(n): n routes by one router.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { floor, inside, measure, run } from '../machine.js'
import { applyArgv, planArgv } from '../netplan.js'
import { makeNamespace, removeNamespace } from '../node.js'
import { planRows } from '../plans.js'
import { rowOf } from '../rows.js'
import { alternate } from '../statistics.js'

const N = 10_000
const NODE = 'routes'
const ROUTER = '192.0.2.254'

export const measureRoutes = (job) => {
  const routes = openRoutes(job, N)
  const batch = join(job.scratch, 'routes')
  writeFileSync(
    batch,
    targetsOf(N)
      .map((to) => `route add ${to} via ${ROUTER}\n`)
      .join(''),
  )
  try {
    job.say(`R(${N}): apply`)
    const applied = alternate(job.rounds, applies(routes, batch))
    job.say(`R(${N}): plan`)
    const planned = planRows(job.rounds, `plan R(${N})`, plans(routes))
    return [...planned, rowOf(`apply R(${N})`, applied)]
  } finally {
    routes.close()
  }
}

/** R(n): its file, and the node that is to have it. */
export const openRoutes = (job, n) => {
  const file = join(job.scratch, `routes-${n}.json`)
  writeFileSync(file, routesText(targetsOf(n)))
  const close = () => removeNamespace(NODE)
  return { job: { ...job, namespace: NODE }, file, empty: makeNode, close }
}

const targetsOf = (n) =>
  Array.from({ length: n }, (_, index) => `10.${index >> 8}.${index & 255}.0/24`)

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
const applies = ({ job, file, empty }, batch) => ({
  netplan: () => {
    empty()
    return measure(applyArgv(job, file))
  },
  floor: () => {
    empty()
    return measure(inside(NODE, floor('apply-routes.sh', batch)))
  },
})

/** The node has what the file says. */
const plans = ({ job, file, empty }) => {
  empty()
  run(applyArgv(job, file))
  return {
    netplan: () => measure(planArgv(job, file)),
    floor: () => measure(inside(NODE, floor('plan-routes.sh'))),
  }
}
