import test from 'ava'
import { checkServices } from './properties.ts'

test('nft: generated services and edits of them keep what every apply promises', async (t) => {
  t.timeout(300_000)
  await checkServices(t, 'nft', 9)
})
