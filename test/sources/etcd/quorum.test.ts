import test from 'ava'
import { freePort } from '../../free-port.ts'
import { isInstalled } from '../../pipelines/installed.ts'
import { listen } from './listen.ts'
import { startEtcd } from './server.ts'
import type { Etcd } from './server.ts'

const withEtcd = isInstalled('etcd', 'etcd-server') ? test : test.skip

/** Three members of one etcd. */
const startThree = async (): Promise<readonly Etcd[]> => {
  const peers: (readonly [string, string])[] = []
  for (const name of ['m1', 'm2', 'm3'])
    peers.push([name, `http://127.0.0.1:${String(await freePort())}`])
  const cluster = peers.map(([name, url]) => `${name}=${url}`).join(',')
  // None of them answers before there are two.
  return Promise.all(
    peers.map(([name, url]) =>
      startEtcd({
        arguments: [
          ...['--name', name, '--initial-cluster', cluster],
          ...['--listen-peer-urls', url, '--initial-advertise-peer-urls', url],
        ],
      }),
    ),
  )
}

withEtcd('of three members two crash: told, nothing is lost, and all is caught up', async (t) => {
  const members = await startThree()
  t.teardown(() => Promise.all(members.map((member) => member.destroy())))
  const [one, ...others] = members as [Etcd, ...Etcd[]]
  await one.put('/net/a', 'a: 1')
  await one.put('/net/b', 'b: 1')
  const listener = listen(`etcd://${members.map(({ host }) => host).join(',')}/net/`)
  await listener.texts('a: 1', 'b: 1')
  for (const other of others) await other.kill()
  // It is there, and knows all that it knew: but what it says may be old.
  await listener.told('timeout')
  t.is(listener.revisions.length, 1)
  t.false(listener.events.slice(1).some(({ kind }) => kind === 'connected'))
  await Promise.all(others.map((other) => other.start()))
  await one.put('/net/a', 'a: 2')
  await one.remove('/net/b')
  await listener.texts('a: 2')
  await listener.told('connected', 2)
  await listener.end()
})
