import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { openEtcd } from '../../../src/sources/etcd/index.ts'
import { SourceError } from '../../../src/sources/source.ts'
import { isInstalled } from '../../pipelines/installed.ts'
import { listen } from './listen.ts'
import { startEtcd } from './server.ts'

const canRun = isInstalled('etcd', 'etcd-server') && isInstalled('openssl', 'openssl')

/** A certificate for 127.0.0.1 that is its own authority. */
const makeCertificate = (folder: string, name: string): { cert: string; key: string } => {
  const [cert, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)]
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1']
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  execFileSync(
    'openssl',
    ['req', '-x509', '-days', '1', ...curve, ...subject, '-keyout', key, '-out', cert],
    { stdio: 'pipe' },
  )
  return { cert, key }
}

;(canRun ? test : test.skip)('TLS, both ways: who may ask, and who may answer', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'netplan-tls-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const server = makeCertificate(folder, 'server')
  const ours = makeCertificate(folder, 'ours')
  const stranger = makeCertificate(folder, 'stranger')
  // The gateway asks etcd itself by the server's certificate.
  const trusted = join(folder, 'trusted.crt')
  writeFileSync(trusted, readFileSync(server.cert, 'utf8') + readFileSync(ours.cert, 'utf8'))
  const etcd = await startEtcd({
    arguments: [
      ...['--cert-file', server.cert, '--key-file', server.key],
      ...['--client-cert-auth', '--trusted-ca-file', trusted],
    ],
  })
  t.teardown(() => etcd.destroy())
  const text = `etcd+https://${etcd.host}/net/`
  const authority = join(folder, 'ca.crt')
  copyFileSync(server.cert, authority)
  const env = { ETCDCTL_CACERT: authority, ETCDCTL_CERT: ours.cert, ETCDCTL_KEY: ours.key }

  const known = listen(text, env)
  t.teardown(() => known.end())
  await known.texts()
  t.like(known.events.at(-1), { kind: 'connected' })

  const unknown = [
    listen(text),
    listen(text, { ETCDCTL_CACERT: authority }),
    listen(text, { ...env, ETCDCTL_CERT: stranger.cert, ETCDCTL_KEY: stranger.key }),
    listen(text, { ...env, ETCDCTL_KEY: server.key }),
  ]
  t.teardown(() => Promise.all(unknown.map((one) => one.end())))
  await Promise.all(unknown.map((one) => one.told('tls')))
  for (const { revisions } of unknown) t.deepEqual(revisions, [])

  t.throws(() => openEtcd(text, { ETCDCTL_CACERT: join(folder, 'none') }), {
    instanceOf: SourceError,
    message: /^ETCDCTL_CACERT: ENOENT/,
  })
  t.throws(() => openEtcd(text, { ETCDCTL_USER: 'root' }), { message: /NAME:PASSWORD/ })

  // A file that is gone later is waited for.
  rmSync(authority)
  await etcd.kill()
  await known.told('tls')
  copyFileSync(server.cert, authority)
  const { length } = known.events
  await etcd.start()
  await known.told('connected', length)
})

test('by whom etcd is asked is in no environment any more that a document reads', (t) => {
  const env = { ETCDCTL_USER: 'root:secret', ETCDCTL_ENDPOINTS: 'x', HOME: '/root' }
  t.truthy(openEtcd('etcd://192.0.2.1:2379/netplan/', env))
  t.deepEqual(env as object, { HOME: '/root' })
})
