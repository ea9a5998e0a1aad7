import test from 'ava'
import type { IpLink, NamespaceId } from '../../src/kernel/ip.ts'
import type { Reader } from '../../src/kernel/reader.ts'
import { findPeers } from '../../src/resources/link/peers.ts'
import { emptyNode, readFixture } from '../plan/fixture.ts'

/** An end of a veth: its index and that of its other end, in which namespace by number. */
const veth = (ifname: string, ifindex: number, other: number, number: number): IpLink => ({
  ...{ ifname, ifindex, link_index: other, link_netnsid: number },
  ...{ flags: [], mtu: 1500, group: '0', addr_info: [], linkinfo: { info_kind: 'veth' } },
})

/** What each end leads to, and in which namespaces it was asked what their numbers are called. */
const pair = async (
  places: Readonly<Record<string, readonly IpLink[]>>,
  ids: Readonly<Record<string, readonly NamespaceId[]>>,
): Promise<{ readonly peers: readonly string[]; readonly asked: readonly string[] }> => {
  const asked: string[] = []
  const reader: Reader = {
    ...readFixture({
      ...emptyNode,
      files: Object.fromEntries(
        Object.keys(places)
          .filter((name) => name !== '')
          .map((name) => [name, { path: `/run/netns/${name}`, inode: 1, stale: false }]),
      ),
    }),
    namespaceIds: (name) => {
      asked.push(name)
      return Promise.resolve(ids[name] ?? [])
    },
  }
  const scenes = Object.entries(places).map(([namespace, links]) => ({ namespace, links }))
  const peerOf = await findPeers(scenes, [], reader)
  const peers = scenes.flatMap(({ namespace, links }) =>
    links.map((link) => `${namespace}/${link.ifname} ${peerOf(link, namespace)}`),
  )
  return { peers, asked }
}

const named = (...names: readonly string[]): readonly NamespaceId[] =>
  names.map((name, nsid) => ({ nsid, name }))

test('the end in the node tells of both, though indexes repeat', async (t) => {
  const { peers, asked } = await pair(
    {
      '': [veth('veth1', 5, 2, 0), veth('veth2', 6, 2, 1)],
      a: [veth('eth0', 2, 5, 0)],
      b: [veth('eth0', 2, 6, 0)],
    },
    { '': named('a', 'b') },
  )
  t.deepEqual(peers, ['/veth1 a/eth0', '/veth2 b/eth0', 'a/eth0 veth1', 'b/eth0 veth2'])
  t.deepEqual(asked, [''])
})

test('of a pair between two others these are asked', async (t) => {
  const { peers, asked } = await pair(
    {
      '': [veth('veth1', 3, 2, 0)],
      a: [veth('eth0', 2, 3, 0), veth('wire', 3, 2, 1)],
      b: [veth('wire', 2, 3, 0)],
      c: [veth('far', 9, 9, 4)],
    },
    { '': named('a'), a: [{ nsid: 0 }, { nsid: 1, name: 'b' }], b: named('a') },
  )
  t.deepEqual(peers, [
    '/veth1 a/eth0',
    'a/eth0 veth1',
    'a/wire b/wire',
    'b/wire a/wire',
    'c/far unknown',
  ])
  t.deepEqual(asked, ['', 'a', 'b'])
})
