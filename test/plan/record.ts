import { openReader } from '../../src/kernel/open.ts'
import { openNode } from '../../src/kernel/namespaces.ts'
import { readRecords } from '../../src/kernel/records.ts'
import { run } from '../run.ts'
import { recordFixture } from './fixture.ts'

/** What iptables-save prints, without the lines that tell the time. */
const savedRules = async (program: string): Promise<string> => {
  const { stdout } = await run([program])
  return stdout.replaceAll(/^#.*\n/gm, '')
}

// node build/test/plan/record.js [NAMESPACE...]: prints what the node and these of its namespaces
// have, as `observed.json` of a case.
const node = await openNode(undefined)
const [own] = await readRecords(node)
const places = process.argv.slice(2).map((name) => ({ name, path: `/run/netns/${name}` }))
const reader = await openReader(node, places, {
  records: own?.entries ?? new Map(),
})
const fixture = await recordFixture(reader, ['net/ipv4/ip_forward', 'net/ipv4/conf/br0/rp_filter'])
const [inet, inet6] = await Promise.all(['iptables-nft-save', 'ip6tables-nft-save'].map(savedRules))
const firewall = { backend: 'nft', inet, inet6 }
process.stdout.write(`${JSON.stringify({ ...fixture, firewall })}\n`)
