import { openReader } from '../../src/kernel/live.ts'
import { openNode } from '../../src/kernel/namespaces.ts'
import { readRecords } from '../../src/kernel/records.ts'
import { recordFixture } from './fixture.ts'

// node build/test/plan/record.js [NAMESPACE...]: prints what the node and these of its namespaces
// have, as `observed.json` of a case.
const node = await openNode(undefined)
const [own] = await readRecords(node.inode)
const places = process.argv.slice(2).map((name) => ({ name, path: `/run/netns/${name}` }))
const reader = await openReader(node, places, {
  records: own?.entries ?? new Map(),
})
const fixture = await recordFixture(reader, ['net/ipv4/ip_forward', 'net/ipv4/conf/br0/rp_filter'])
process.stdout.write(`${JSON.stringify(fixture)}\n`)
