import test from 'ava'
import fc from 'fast-check'
import { orderTasks } from '../../src/plan/order.ts'
import type { Task } from '../../src/plan/order.ts'

const task = (lane: string, ...after: number[]): Task => ({ lane, after: new Set(after) })

test('a lane is followed as long as it has anything ready', (t) => {
  const tasks = [task('node'), task('pod1', 0), task('node', 0), task('pod1', 2), task('node', 2)]
  t.deepEqual(orderTasks(tasks), [0, 2, 4, 1, 3])
})

test('a circle is a bug, and said so', (t) => {
  t.throws(() => orderTasks([task('a', 1), task('a', 0)]), { message: /bug: a circle among 0, 1/ })
})

const tasks = fc
  .array(
    fc.record({
      lane: fc.constantFrom('a', 'b', 'c'),
      after: fc.array(fc.nat(1000), { maxLength: 3 }),
    }),
  )
  .map((shapes): Task[] =>
    // Of earlier ones only, so that there is no circle.
    shapes.map(({ lane, after }, index) =>
      task(lane, ...(index === 0 ? [] : after.map((other) => other % index))),
    ),
  )

test('every task is done once, after all that it waits for, and always in the same order', (t) => {
  fc.assert(
    fc.property(tasks, (some) => {
      const order = orderTasks(some)
      const place = new Map(order.map((task, at) => [task, at]))
      t.is(place.size, some.length)
      some.forEach(({ after }, index) => {
        for (const earlier of after) t.true((place.get(earlier) ?? 0) < (place.get(index) ?? 0))
      })
      t.deepEqual(orderTasks(some), order)
    }),
  )
})

test('ten thousand tasks of a chain take no time', (t) => {
  const chain = Array.from({ length: 10_000 }, (_, index) =>
    index === 0 ? task('a') : task(index % 2 === 0 ? 'a' : 'b', index - 1),
  )
  t.is(orderTasks(chain).at(-1), 9999)
})
