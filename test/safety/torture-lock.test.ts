import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { acquireLock, LockedError } from '../../src/kernel/lock.ts'
import { openStateDirectory } from '../../src/kernel/state.ts'

// No namespace has it.
const inode = 77_000_000

test('many come to a node at a time, where notes of one that is gone lie: one gets the lock', async (t) => {
  t.teardown(() => rmSync(`/run/nodeplan/${inode}`, { recursive: true, force: true }))
  for (let round = 0; round < 25; round++) {
    const path = await openStateDirectory({ inode, born: `${round} gone` })
    for (let note = 0; note < 20; note++) writeFileSync(join(path, `${note}.journal`), '{}\n')
    const node = { inode, born: `${round} new` }
    const come = Array.from({ length: 6 }, () => acquireLock(node, { command: 'test' }))
    const results = await Promise.allSettled(come)
    const locks = results.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    const errors = results.flatMap((one) =>
      one.status === 'rejected' ? [one.reason as Error] : [],
    )
    t.deepEqual(
      errors.filter((error) => !(error instanceof LockedError)),
      [],
    )
    t.is(locks.length, 1)
    t.deepEqual(readdirSync(path).sort(), ['born', 'lock'])
    // The one that they all wait at is the one that was taken.
    await t.throwsAsync(acquireLock(node, { command: 'test' }), { instanceOf: LockedError })
    await locks[0]?.release()
    t.true(existsSync(join(path, 'lock')))
  }
})
