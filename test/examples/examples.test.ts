import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { root, run } from '../run.ts'

const examples = readdirSync(join(root, 'examples'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

/** Other test files use /run/netns at the same time: two machines called node-1 need one of their own. */
const ownRun = 'mount -t tmpfs tmpfs /run && mkdir /run/netns && exec "$@"'

const inLab = (program: string, folder: string): ReturnType<typeof run> =>
  run([
    ...['unshare', '--mount', '--propagation', 'private', 'sh', '-c', ownRun, 'own-run'],
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

  test.serial(`${name}: two nodes, packets, drift and the end`, async (t) => {
    const { code, stdout, stderr } = await inLab('scenario', folder)
    t.is(code, 0, stdout + stderr)
    t.log(stdout.trim())
  })

  test.serial(`${name}: the README's commands work as printed`, async (t) => {
    const { code, stdout, stderr } = await inLab('readme', folder)
    t.is(code, 0, stdout + stderr)
  })
}
