import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { root, run } from '../run.ts'
import { countMachines, readExpectation } from './expectation.ts'
import { countLines } from './lines.ts'

/** Not about a network that is there with one apply: each has a test of its own. */
const others = ['cni', 'etcd', 'kubernetes', 'pipelines', 'policy']

const examples = readdirSync(join(root, 'examples'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !others.includes(entry.name))
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

const textOf = (name: string): string => readFileSync(join(root, 'examples', name), 'utf8')

test('what an example says of itself is so', (t) => {
  const summary = textOf('README.md')
  let fleets = 0
  for (const name of examples) {
    const folder = join(root, 'examples', name)
    const readme = textOf(`${name}/README.md`)
    t.true(summary.includes(`| [${name}](${name}) |`), name)
    const { networkOf, pings = {} } = readExpectation(folder)
    if (networkOf !== undefined) t.true(examples.includes(networkOf), networkOf)
    for (const [address, answers] of Object.entries(pings))
      t.true(readme.includes(`, ${address} | ${answers.join(' | ')} |`), address)
    const counted = countLines(folder)
    if (!counted) continue
    fleets += 1
    const { lines, commands } = counted
    t.true(lines < commands, name)
    t.true(readme.includes(`${String(lines)} lines instead of ${String(commands)} commands`), name)
    const [row = ''] = summary.split('\n').filter((line) => line.includes(`](${name})`))
    t.true(row.endsWith(`| ${String(lines)} | ${String(commands)} |`), row)
  }
  t.true(fleets >= 7)
})

for (const name of examples) {
  const folder = join(root, 'examples', name)

  // They wait more than they work, and each has machines of its own.
  test.serial(
    `${name}: packets, drift and the end; the README's commands as printed`,
    async (t) => {
      const programs = ['scenario', 'readme', ...(countLines(folder) ? ['by-hand'] : [])]
      const ended = await Promise.all(programs.map((program) => inLab(program, folder)))
      for (const { code, stdout, stderr } of ended) t.is(code, 0, stdout + stderr)
      t.log(ended[0]?.stdout.trim())
    },
  )
}
