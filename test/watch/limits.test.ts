import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { openHealth } from '../../src/watch/health.ts'
import { openLastGood } from '../../src/watch/last-good.ts'
import { damageOf, findExcess, parseMaxDelete } from '../../src/watch/max-delete.ts'

test('a quarter, of few as of twenty', (t) => {
  const quarter = parseMaxDelete('25%')
  t.deepEqual(quarter, { share: 0.25 })
  const holds = (deleted: number, owned: number): boolean =>
    quarter !== undefined && findExcess(quarter, { deleted, owned }) !== undefined
  t.deepEqual(
    [holds(25, 100), holds(26, 100), holds(5, 6), holds(6, 6)],
    [false, true, false, true],
  )
  t.deepEqual(parseMaxDelete('3'), { count: 3 })
  t.is(findExcess({ count: 3 }, { deleted: 3, owned: 3 }), undefined)
  t.regex(findExcess({ count: 3 }, { deleted: 4, owned: 9 }) ?? '', /4 of 9 objects, and 3 may be/)
  t.is(findExcess({ share: 1 }, { deleted: 99, owned: 99 }), undefined)
  for (const text of ['', '%', '-1', '1.5', '101%', 'all', '1e3'])
    t.is(parseMaxDelete(text), undefined)
})

test('what is owned is what is there of what is described, and what goes', (t) => {
  const changes = ['create', 'create', 'delete', 'replace', 'update'].map((action) => ({ action }))
  t.deepEqual(damageOf(changes, 10), { deleted: 2, owned: 9 })
})

test('the last good revision is kept for nobody else to read, and only a sound one is taken', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'netplan-last-good-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const state = join(folder, 'state')
  const one = openLastGood(state, ['file a', ''])
  const other = openLastGood(state, ['file b', ''])
  t.is(await one.read(), undefined)
  const revision = { revision: '7', documents: [{ name: 'a.yaml', text: 'version: 1\n' }] }
  await one.write(revision)
  t.deepEqual(await openLastGood(state, ['file a', '']).read(), revision)
  t.is(await other.read(), undefined)
  const [file = ''] = readdirSync(state)
  t.is(statSync(join(state, file)).mode & 0o777, 0o600)
  const text = readFileSync(join(state, file), 'utf8')
  for (const damaged of ['', '{', 'null', '[]', '{"revision":1}', text.slice(0, -5)]) {
    writeFileSync(join(state, file), damaged)
    t.is(await one.read(), undefined)
  }
})

test('health: nothing looked at, all well, held, hanging', (t) => {
  let now = 0
  const health = openHealth(30_000, () => now)
  t.is(health.illness(), undefined)
  t.is(health.unreadiness(), 'nothing was looked at yet')
  health.began()
  health.ended({ kind: 'applied', changes: 1 })
  t.is(health.unreadiness(), undefined)
  health.began()
  health.ended({ kind: 'held', reason: 'max-delete', error: 'too much' })
  t.is(health.unreadiness(), 'max-delete: too much')
  health.began()
  health.ended({ kind: 'differs', changes: 3 })
  t.is(health.unreadiness(), '3 changes are to be made')
  now += 9 * 60_000
  t.is(health.illness(), undefined)
  now += 5 * 60_000
  t.is(health.illness(), 'no round is begun any more')
  health.began()
  t.is(health.illness(), undefined)
  now += 11 * 60_000
  t.is(health.illness(), 'a round does not come to its end')
})
