// Checks end, whatever becomes of the programs that make them.
import test from 'ava'
import { findWorkers, openStage } from './stage.ts'

const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))

/** The workers, as soon as there is one. */
const workers = async (): Promise<readonly number[]> => {
  for (let tries = 0; tries < 200; tries += 1) {
    const found = findWorkers()
    if (found.length > 0) return found
    await sleep(10)
  }
  throw new Error('no worker was started')
}

const slow = ['tcp: 10.0.0.9:1, timeoutSeconds: 1', 'ping: 10.0.0.2']

test.serial('a worker that is killed', async (t) => {
  const { make } = await openStage(t)
  const making = make(slow)
  for (const pid of await workers()) process.kill(pid, 'SIGKILL')
  t.deepEqual(await making, [
    'FAILED tcp 10.0.0.9:1: the program that tries it ended: killed',
    'ok ping 10.0.0.2',
  ])
})

test.serial('a worker that hangs is killed', async (t) => {
  const { make } = await openStage(t)
  const making = make(slow, { graceSeconds: 1 })
  for (const pid of await workers()) process.kill(pid, 'SIGSTOP')
  t.deepEqual(await making, [
    'FAILED tcp 10.0.0.9:1: the program that tries it did not answer, and was killed',
    'ok ping 10.0.0.2',
  ])
  t.deepEqual(findWorkers(), [])
})

test.serial('an interruption ends it at once', async (t) => {
  const { make } = await openStage(t)
  const began = performance.now()
  const lines = [
    'tcp: 10.0.0.9:1, timeoutSeconds: 30',
    'ping: 10.0.0.9, timeoutSeconds: 30',
    'udp: 10.0.0.2:8002, send: silence, timeoutSeconds: 30, from: pod',
  ]
  const controller = new AbortController()
  setTimeout(() => controller.abort(), 500)
  const found = await make(lines, { signal: controller.signal })
  t.true(
    found.every((line) => line.endsWith(': interrupted')),
    found.join('\n'),
  )
  t.true(performance.now() - began < 5000)
  t.deepEqual(findWorkers(), [])
  const none = await make(lines, { signal: controller.signal })
  t.true(none.every((line) => line.endsWith(': interrupted')))
})

test.serial('the patient try again what fails, and that alone', async (t) => {
  const { make, stop, serve } = await openStage(t)
  await stop()
  const lines = ['tcp: 10.0.0.2:8001', 'ping: 10.0.0.2', 'tcp: 10.0.0.2:9']
  const progress: string[] = []
  const onProgress = (done: number, total: number): void =>
    void progress.push(`${String(done)} of ${String(total)}`)
  const serving = sleep(700).then(serve)
  const found = await make(lines, { patienceSeconds: 4, onProgress })
  t.deepEqual(found, [
    'ok tcp 10.0.0.2:8001',
    'ok ping 10.0.0.2',
    'FAILED tcp 10.0.0.2:9: connection refused',
  ])
  await serving
  t.deepEqual(progress, ['1 of 3', '2 of 3', '3 of 3'])
  const began = performance.now()
  const isAwaited = ({ name }: { name: string }): boolean => name !== 'tcp 10.0.0.2:9'
  const [last] = (await make(lines, { patienceSeconds: 20, isAwaited })).slice(-1)
  t.is(last, 'FAILED tcp 10.0.0.2:9: connection refused')
  t.true(performance.now() - began < 10_000)
})

test.serial('many checks from many namespaces keep their order', async (t) => {
  const { make } = await openStage(t)
  const lines = Array.from({ length: 60 }, (_, index) =>
    [
      `name: c${String(index)}, tcp: "10.0.0.2:${String(8000 + (index % 2) * 3)}"`,
      index % 3 === 0 ? ', from: pod' : '',
      index % 7 === 0 ? ', count: 9' : '',
    ].join(''),
  )
  const found = await make(lines)
  t.deepEqual(
    found.map((line) => line.split(':')[0]),
    lines.map((_, index) => `${index % 2 === 0 ? 'ok' : 'FAILED'} c${String(index)}`),
  )
})
