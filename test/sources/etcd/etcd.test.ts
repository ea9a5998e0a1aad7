import test from 'ava'
import { setTimeout as sleep } from 'node:timers/promises'
import { isInstalled } from '../../pipelines/installed.ts'
import { listen } from './listen.ts'
import { startEtcd } from './server.ts'

const withEtcd = isInstalled('etcd', 'etcd-server') ? test : test.skip

withEtcd('documents in byte order of their keys, and each change of them', async (t) => {
  const etcd = await startEtcd()
  t.teardown(() => etcd.destroy())
  await etcd.put('/net/b', 'b: 1')
  await etcd.put('/net/B', '{"B":"ü"}')
  await etcd.put('/network/x', 'of others')
  const listener = listen(`etcd://${etcd.host}/net`)
  await listener.texts('{"B":"ü"}', 'b: 1')
  t.deepEqual(
    listener.revisions[0]?.documents.map(({ name }) => name),
    ['etcd:/net/B', 'etcd:/net/b'],
  )
  await etcd.put('/net/a/deep', '\uFEFFa: 1')
  await listener.texts('{"B":"ü"}', 'a: 1', 'b: 1')
  const revision = await etcd.put('/net/b', 'b: 2')
  await listener.texts('{"B":"ü"}', 'a: 1', 'b: 2')
  t.is(listener.revisions.at(-1)?.revision, String(revision))
  await etcd.remove('/net/B')
  await listener.texts('a: 1', 'b: 2')

  // What is written again as it was, and what others write, is no news.
  const { length } = listener.revisions
  await etcd.put('/net/b', 'b: 2')
  await etcd.put('/network/x', 'still of others')
  await etcd.remove('/net/a')
  await listener.texts('b: 2')
  t.is(listener.revisions.length, length + 1)

  await etcd.put('/net/b', ' \n')
  await listener.texts()
  t.deepEqual(listener.revisions.at(-1)?.documents, [])
  t.deepEqual(listener.events, [{ kind: 'connected' }])
  await listener.end()
})

withEtcd('more keys than an answer has, and values as large as etcd takes', async (t) => {
  const etcd = await startEtcd()
  t.teardown(() => etcd.destroy())
  const keys = Array.from({ length: 250 }, (_, at) => String(at).padStart(3, '0'))
  for (const key of keys) await etcd.put(`/many/${key}`, `k: ${key}`)
  const large = `# ${'ü'.repeat(700_000)}`
  const listener = listen(`etcd://${etcd.host}/many/`)
  await listener.texts(...keys.map((key) => `k: ${key}`))
  await etcd.put('/many/1', large)
  await listener.texts(
    ...keys
      .slice(0, 200)
      .map((key) => `k: ${key}`)
      .toSpliced(100, 0, large),
    ...keys.slice(200).map((key) => `k: ${key}`),
  )
  t.is(listener.revisions.length, 2)
  await listener.end()
})

withEtcd('what is no text changes nothing, and is told once', async (t) => {
  const etcd = await startEtcd()
  t.teardown(() => etcd.destroy())
  await etcd.put('/net/a', 'a: 1')
  const listener = listen(`etcd://${etcd.host}/net/`)
  await listener.texts('a: 1')
  const raw = { key: Buffer.from('/net/b').toString('base64'), value: '/w==' }
  await etcd.ask('/v3/kv/put', raw)
  await listener.told('unreadable')
  await etcd.put('/net/a', 'a: 2')
  await etcd.put('/net/b', 'b: 1')
  await listener.told('connected', 2)
  await listener.texts('a: 2', 'b: 1')
  t.is(listener.revisions.length, 2)
  t.is(listener.events.length, 3)
  t.like(listener.events[1], { error: 'etcd:/net/b: no text in UTF-8' })
  await listener.end()
})

withEtcd('what is no text, of an etcd that comes back: it is still none', async (t) => {
  const etcd = await startEtcd()
  t.teardown(() => etcd.destroy())
  await etcd.put('/net/a', 'a: 1')
  const listener = listen(`etcd://${etcd.host}/net/`)
  await listener.texts('a: 1')
  await etcd.ask('/v3/kv/put', { key: Buffer.from('/net/b').toString('base64'), value: '/w==' })
  await listener.told('unreadable')
  await etcd.kill()
  await listener.told('refused')
  await etcd.start()
  await etcd.put('/net/other', 'c: 1')
  await sleep(1500)
  t.is(listener.events.at(-1)?.kind, 'disconnected', JSON.stringify(listener.events))
  await etcd.put('/net/b', 'b: 1')
  await listener.texts('a: 1', 'b: 1', 'c: 1')
  t.deepEqual(listener.events.at(-1), { kind: 'connected' })
  await listener.end()
})

withEtcd('a crash and a start, with a compaction meanwhile: what it missed is there', async (t) => {
  const etcd = await startEtcd()
  t.teardown(() => etcd.destroy())
  await etcd.put('/net/a', 'a: 1')
  await etcd.put('/net/b', 'b: 1')
  const listener = listen(`etcd://${etcd.host}/net/`)
  await listener.texts('a: 1', 'b: 1')
  await etcd.kill()
  await listener.told('refused')
  t.is(listener.revisions.length, 1)
  await etcd.start()
  await etcd.remove('/net/b')
  await etcd.compact(await etcd.put('/net/a', 'a: 2'))
  await listener.texts('a: 2')
  await listener.told('connected', 2)
  await etcd.put('/net/c', 'c: 1')
  await listener.texts('a: 2', 'c: 1')
  await listener.end()
})

withEtcd('one that hangs is noticed, and what changed is there when it goes on', async (t) => {
  const etcd = await startEtcd()
  t.teardown(() => etcd.destroy())
  await etcd.put('/net/a', 'a: 1')
  const listener = listen(`etcd://${etcd.host}/net/`)
  await listener.texts('a: 1')
  etcd.signal('SIGSTOP')
  await listener.told('timeout')
  t.is(listener.revisions.length, 1)
  etcd.signal('SIGCONT')
  await etcd.put('/net/a', 'a: 2')
  await listener.texts('a: 2')
  await listener.told('connected', 2)

  // And one that hangs from the beginning.
  etcd.signal('SIGSTOP')
  const other = listen(`etcd://${etcd.host}/net/`)
  await other.told('timeout')
  etcd.signal('SIGCONT')
  await other.texts('a: 2')
  await other.end()
  await listener.end()
})

withEtcd('all is read anew now and then, without a word', async (t) => {
  const etcd = await startEtcd()
  t.teardown(() => etcd.destroy())
  await etcd.put('/net/a', 'a: 1')
  const listener = listen(`etcd://${etcd.host}/net/`, {}, { beat: 50, lifetime: 100 })
  await listener.texts('a: 1')
  await sleep(700)
  await etcd.put('/net/a', 'a: 2')
  await listener.texts('a: 2')
  t.is(listener.revisions.length, 2)
  t.deepEqual(listener.events, [{ kind: 'connected' }])
  await listener.end()
})

withEtcd('of several members, one that is there', async (t) => {
  const etcd = await startEtcd()
  t.teardown(() => etcd.destroy())
  await etcd.put('/net/a', 'a: 1')
  const listener = listen(`etcd://127.0.0.1:1,${etcd.host}/net/`)
  await listener.texts('a: 1')
  t.is(listener.events.length, 2)
  t.like(listener.events[0], { reason: 'refused', kind: 'disconnected' })
  await listener.end()
})

withEtcd(
  'users: tokens end and are had anew; a wrong password says so, and nothing else',
  async (t) => {
    const etcd = await startEtcd({ arguments: ['--auth-token-ttl', '1'] })
    t.teardown(() => etcd.destroy())
    await etcd.put('/net/a', 'a: 1')
    await etcd.ask('/v3/auth/user/add', { name: 'root', password: 's3cret' })
    await etcd.ask('/v3/auth/role/add', { name: 'root' })
    await etcd.ask('/v3/auth/user/grant', { user: 'root', role: 'root' })
    await etcd.ask('/v3/auth/user/add', { name: 'poor', password: 'p' })

    // A user of an etcd that has none yet is nobody, and as welcome as all.
    const text = `etcd://${etcd.host}/net/`
    const early = listen(text, { ETCDCTL_USER: 'root:s3cret' })
    await early.texts('a: 1')
    await etcd.ask('/v3/auth/enable', {})
    const token = async (): Promise<string> => {
      const user = { name: 'root', password: 's3cret' }
      return String((await etcd.ask('/v3/auth/authenticate', user))['token'])
    }
    const put = async (value: string): Promise<void> => {
      const kv = {
        key: Buffer.from('/net/a').toString('base64'),
        value: Buffer.from(value).toString('base64'),
      }
      await etcd.ask('/v3/kv/put', kv, await token())
    }
    const slow = { beat: 2500, lifetime: 60_000 }
    const late = listen(text, { ETCDCTL_USER: 'root', ETCDCTL_PASSWORD: 's3cret' }, slow)
    const wrong = listen(text, { ETCDCTL_USER: 'root:wr0ng' })
    const poor = listen(text, { ETCDCTL_USER: 'poor:p' })
    const nobody = listen(text)
    await late.texts('a: 1')
    await put('a: 2')
    await Promise.all([early.texts('a: 2'), late.texts('a: 2')])
    await sleep(4000) // the token of the late one has ended, and was asked with
    await put('a: 3')
    await Promise.all([early.texts('a: 3'), late.texts('a: 3')])
    t.deepEqual(late.events, [{ kind: 'connected' }])

    await Promise.all([
      wrong.told('unauthenticated'),
      nobody.told('unauthenticated'),
      poor.told('denied'),
    ])
    for (const listener of [wrong, poor, nobody]) {
      t.deepEqual(listener.revisions, [])
      t.notRegex(JSON.stringify(listener.events), /wr0ng|s3cret/)
    }
    t.regex(JSON.stringify(wrong.events), /invalid user ID or password/)
    await Promise.all([early, late, wrong, poor, nobody].map((one) => one.end()))
  },
)
