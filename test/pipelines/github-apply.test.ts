// examples/pipelines/github: saved plans, carried out node by node.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import type { Ended } from '../run.ts'
import { createWorkplace, fleet } from './nodes.ts'

const place = createWorkplace('github')
test.after.always(() => {
  place.remove()
})

const step = (script: string): Promise<Ended> =>
  place.run(['sh', `scripts/${script}`], {
    GITHUB_OUTPUT: join(place.folder, 'output'),
    GITHUB_STEP_SUMMARY: join(place.folder, 'summary'),
  })

const save = async (): Promise<string> => {
  place.write('output', '')
  place.write('summary', '')
  for (const script of ['snapshots.sh', 'save.sh']) {
    const { code, stdout, stderr } = await step(script)
    if (code !== 0) throw new Error(stdout + stderr)
  }
  return place.read('output')
}

const routes = (index: number): string => place.nodes[index]?.ip('route show proto 111') ?? ''
const [first, second] = place.nodes

test.serial('each node that has something to change is applied to, and confirmed', async (t) => {
  place.write('netplan.yaml', fleet())
  t.is(await save(), 'changes=true\n')
  t.regex(place.read('summary'), /node-1[^]*node-2/)
  const { code, stdout, stderr } = await step('apply.sh')
  t.is(code, 0, stdout + stderr)
  t.is(stdout.match(/^Confirmed/gm)?.length, 2)
  t.regex(routes(0), /10\.244\.2\.0\/24/)
  t.regex(routes(1), /10\.244\.1\.0\/24/)
})

test.serial('plans that were carried out before do nothing, so that a run can go on', async (t) => {
  const { code, stdout, stderr } = await step('apply.sh')
  t.is(code, 0, stdout + stderr)
  t.is(stdout.match(/^Nothing to do/gm)?.length, 2)
})

test.serial('without changes there is nothing to carry out', async (t) => {
  t.is(await save(), 'changes=false\n')
  t.false(existsSync(join(place.folder, 'plans/node-1.plan')))
})

test.serial('a node that changed since stops it: those behind it are untouched', async (t) => {
  place.write('netplan.yaml', fleet('routes: [{ to: 10.9.0.0/16, via: 172.16.0.9 }]\n'))
  t.is(await save(), 'changes=true\n')
  first?.ip('route add 10.9.0.0/16 via 172.16.0.8')
  const before = second?.ip('-j route show')
  const { code, stdout } = await step('apply.sh')
  t.is(code, 6, stdout)
  t.regex(
    stdout,
    /^::error::node-1: it has changed since the plan was made; run this workflow again/m,
  )
  t.is(second?.ip('-j route show'), before)
  first?.ip('route delete 10.9.0.0/16 via 172.16.0.8')
})
