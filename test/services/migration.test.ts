import test from 'ava'
import type { Family } from '../../src/net/addresses.ts'
import { failureOf } from '../node/harness.ts'
import { changesOf, device, nodeFor, settle } from '../node/story.ts'
import { restore, save } from './firewall.ts'
import type { Walled } from './firewall.ts'
import { createLab } from './lab.ts'
import { ask, backends, endpointsOf, families } from './shared.ts'

const chain = 'iptables: [{ chain: INPUT, rule: -s 192.0.2.1 -j DROP }]\n'

/** Whatever the order of the tables. */
const oursOf = (site: Walled, family: Family): readonly string[] =>
  save(site, family)
    .split('\n')
    .filter((line) => /NP\d/.test(line))
    .sort()

for (const backend of backends) {
  const other = backend === 'nft' ? 'legacy' : 'nft'

  test(`37 ${backend}: ours move to ${other} where it is asked for, and services go on`, async (t) => {
    const lab = createLab(t, { backend, pods: 2 })
    const { node } = lab
    const moved = { ...lab, backend: other } as const
    const sections = `${chain}
services:
  web:
    clusterIPs: ['10.96.0.10', 'fd00:96::10']
    ports: [{ port: 80, targetPort: 8080 }]
    endpoints: ${endpointsOf(lab)}
`
    const yaml = lab.yaml(sections)
    await lab.apply(sections)
    const before = families.flatMap((family) => oursOf(lab, family))
    t.true(before.length > 40)
    const { ifindex } = device(node, 'br0')
    const flow = await lab.open('x', '10.96.0.10', 80)
    t.is(flow.first.server, 'p1')

    // Where nobody says which, it is that which has ours.
    t.deepEqual((await node.plan(yaml)).changes, [])
    const changes = changesOf(await node.plan(yaml, { iptables: other }))
    const [made, gone] = [
      /^create (chain|jumps) /,
      new RegExp(`^delete (chain|jumps) .* ${backend}`),
    ]
    const deleted = changes.filter((one) => gone.test(one))
    t.deepEqual(
      changes.filter((one) => !made.test(one) && !gone.test(one)),
      [],
    )
    t.is(changes.length, 2 * deleted.length)

    t.is(failureOf(await node.apply(yaml, { iptables: other })), undefined)
    t.deepEqual(
      families.flatMap((family) => oursOf(moved, family)),
      before,
    )
    for (const family of families) t.notRegex(save(lab, family), /NP\d/)
    t.deepEqual((await node.plan(yaml)).changes, [])
    t.is((await flow.probe()).server, 'p1')
    for (const to of ['10.96.0.10', 'fd00:96::10'])
      t.deepEqual(await ask(lab, 'x', to, 80, { count: 2 }), ['p1', 'p2'])
    t.is(device(node, 'br0').ifindex, ifindex)
  })

  test(`37 ${backend}: ours in both are refused, until it is said which stay`, async (t) => {
    const node = nodeFor(t)
    const here = { node, backend }
    const there = { node, backend: other } as const
    await settle(t, node, chain, { iptables: backend })
    const before = save(here)
    restore(there, before)
    await t.throwsAsync(node.plan(chain), { message: /in both nft and legacy.*--iptables/ })
    t.is(save(there), before)
    const done = await node.apply(chain, { iptables: backend })
    t.deepEqual(
      changesOf(done.plan).filter((one) => !one.startsWith('delete')),
      [],
    )
    t.is(failureOf(done), undefined)
    t.notRegex(save(there), /NP\d/)
    t.is(save(here), before)
    t.deepEqual((await node.plan(chain)).changes, [])

    restore(there, before)
    t.is(failureOf(await node.destroy(chain)), undefined)
    for (const site of [here, there]) t.notRegex(save(site), /NP\d/)
  })

  test(`37 ${backend}: another owner's chains in ${other} are that owner's affair`, async (t) => {
    const node = nodeFor(t)
    await settle(t, node, `owner: one\n${chain}`, { iptables: other })
    const before = save({ node, backend: other })
    const yaml = `owner: two\n${chain}`
    t.is(failureOf(await node.apply(yaml, { iptables: backend })), undefined)
    t.deepEqual((await node.plan(yaml)).changes, [])
    t.deepEqual((await node.plan(`owner: one\n${chain}`)).changes, [])
    t.is(save({ node, backend: other }), before)
  })
}
