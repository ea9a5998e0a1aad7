import test from 'ava'
import { checkProperties } from './properties.ts'

test('P1 to P5 and P7 hold over generated topologies (second half)', async (t) => {
  t.timeout(300_000)
  await checkProperties(t, 6)
})
