import { readFileSync, readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { monitorNode } from '../../src/kernel/monitor.ts'
import { createNode, sh } from '../node/harness.ts'

/** Programs that this process has started and that run. */
const children = (): readonly number[] =>
  readdirSync('/proc/self/task').flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  )

const until = async (isSo: () => boolean): Promise<void> => {
  for (let attempt = 0; attempt < 400 && !isSo(); attempt += 1) await sleep(50)
}

test('where more is said than can be heard, it may be anything that was said', async (t) => {
  const node = createNode()
  t.teardown(() => node.remove())
  node.ip('link add br0 type bridge')
  node.ip('link set dev br0 up')
  let moves = 0
  const before = children()
  const monitor = monitorNode(`/run/netns/${node.name}`, () => (moves += 1))
  t.teardown(() => monitor.close())
  const [pid = 0] = children().filter((one) => !before.includes(one))
  t.not(pid, 0)
  await until(() => {
    node.ip('address add 10.1.0.1/16 dev br0')
    node.ip('address del 10.1.0.1/16 dev br0')
    return moves > 0
  })
  const first = monitor.look()
  first.settle()
  t.true(monitor.look().isQuiet(4242))
  monitor.look().settle()

  process.kill(pid, 'SIGSTOP')
  const routes = Array.from({ length: 6000 }, (_, at) => {
    const [high, low] = [Math.floor(at / 250), at % 250]
    return `route add 10.${String(100 + high)}.${String(low)}.0/24 dev br0`
  })
  sh(['ip', '-n', node.name, '-batch', '-'], `${routes.join('\n')}\n`)
  process.kill(pid, 'SIGCONT')
  // It reads what fits, and goes on.
  let known = 0
  while (known < moves) {
    known = moves
    await sleep(1000)
  }
  t.false(monitor.look().isQuiet(4242))
})
