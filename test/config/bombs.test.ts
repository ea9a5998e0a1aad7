import test from 'ava'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { BOMBS, type Reading } from './bombs.ts'

const script = fileURLToPath(new URL('./bombs.js', import.meta.url))

for (const name of Object.keys(BOMBS)) {
  test.serial(name, async (t) => {
    // A process of its own: what one bomb leaves in the memory is not the next one's.
    const { stdout } = await promisify(execFile)(process.execPath, [script, name])
    const { times, megabytes } = JSON.parse(stdout) as Reading
    t.true(times < 40, `${times} times a plain file`)
    t.true(megabytes < 300, `${megabytes} MB`)
  })
}
