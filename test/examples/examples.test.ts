import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { root, run } from '../run.ts'
import { countMachines, readExpectation } from './expectation.ts'

const examples = readdirSync(join(root, 'examples'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

/** Other test files use /run/netns at the same time: two machines called node-1 need one of their own. */
const ownRun = 'mount -t tmpfs tmpfs /run && mkdir /run/netns && exec "$@"'

const inLab = (program: string, folder: string): ReturnType<typeof run> =>
  run([
    ...['unshare', '--mount', '--propagation', 'private', 'sh', '-c', ownRun, 'own-run'],
    ...['env', `LAB_NODES=${String(countMachines(readExpectation(folder)))}`],
    ...['sh', 'scripts/lab.sh', process.execPath],
    ...[`build/test/examples/${program}.js`, folder],
  ])

test('there are examples, and each has what a reader looks for', (t) => {
  t.true(examples.length >= 9)
  for (const name of examples) {
    for (const file of ['README.md', 'expect.yaml']) {
      t.true(existsSync(join(root, 'examples', name, file)), `${name}/${file}`)
    }
  }
})

for (const name of examples) {
  const folder = join(root, 'examples', name)

  // Both wait more than they work, and each has machines of its own.
  test.serial(
    `${name}: packets, drift and the end; the README's commands as printed`,
    async (t) => {
      const [life, readme] = await Promise.all([inLab('scenario', folder), inLab('readme', folder)])
      t.is(life.code, 0, life.stdout + life.stderr)
      t.is(readme.code, 0, readme.stdout + readme.stderr)
      t.log(life.stdout.trim())
    },
  )
}
