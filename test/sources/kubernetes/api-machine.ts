import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeCertificate } from './stage.ts'

/** A folder with etcd and kube-apiserver, as setup-envtest makes it. */
export const assets = process.env['KUBEBUILDER_ASSETS']

/** Asks again and again, for as long as a slow machine may take. */
export const eventually = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  for (let tries = 0; tries < 600; tries++) {
    if (await holds()) return
    await sleep(100)
  }
  throw new Error(`in a minute it did not come to it: ${what}`)
}

export interface Reply {
  readonly code: number
  readonly text: string
}

interface Call {
  readonly method: string
  readonly path: string
  readonly body?: object | undefined
  readonly type?: string
}

const call = (port: number, ca: Buffer, { method, path, body, type }: Call): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const headers = { authorization: 'Bearer secret', 'content-type': type ?? 'application/json' }
    const options = { host: '127.0.0.1', port, path, method, ca, headers, timeout: 10_000 }
    const outgoing = request(options, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => (text += chunk))
      answer.on('end', () => resolve({ code: answer.statusCode ?? 0, text }))
      answer.on('error', reject)
    })
    outgoing.on('error', reject).end(body && JSON.stringify(body))
  })

const stop = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

/** A real API server with an etcd of its own, on these ports of 127.0.0.1. */
export const startApi = async (folderOfPrograms: string, port = 16443, etcdPort = 12379) => {
  const folder = mkdtempSync(join(tmpdir(), 'netplan-api-'))
  const { cert } = makeCertificate(folder)
  writeFileSync(join(folder, 'tokens'), 'secret,me,me,system:masters\n')
  mkdirSync(join(folder, 'etcd'), { mode: 0o700 })
  const etcdUrl = `http://127.0.0.1:${String(etcdPort)}`
  const start = (name: string, args: readonly string[]): ChildProcess =>
    spawn(join(folderOfPrograms, name), args, { stdio: 'ignore' })
  const etcd = start('etcd', [
    ...['--data-dir', join(folder, 'etcd'), '--listen-client-urls', etcdUrl],
    ...['--advertise-client-urls', etcdUrl],
    ...['--listen-peer-urls', `http://127.0.0.1:${String(etcdPort + 1)}`, '--unsafe-no-fsync'],
  ])
  const startServer = (): ChildProcess =>
    start('kube-apiserver', [
      `--etcd-servers=${etcdUrl}`,
      ...['--bind-address=127.0.0.1', '--advertise-address=127.0.0.1'],
      `--secure-port=${String(port)}`,
      `--tls-cert-file=${join(folder, 'cert')}`,
      `--tls-private-key-file=${join(folder, 'key')}`,
      `--token-auth-file=${join(folder, 'tokens')}`,
      '--service-cluster-ip-range=10.96.0.0/16',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${join(folder, 'cert')}`,
      `--service-account-signing-key-file=${join(folder, 'key')}`,
      '--disable-admission-plugins=ServiceAccount,TaintNodesByCondition',
      '--endpoint-reconciler-type=none',
      '--authorization-mode=AlwaysAllow',
    ])
  const api = {
    server: startServer(),
    call: (method: string, path: string, body?: object, type?: string): Promise<Reply> =>
      call(port, cert, { method, path, body, ...(type === undefined ? {} : { type }) }),
  }
  const ready = (): Promise<void> =>
    eventually('the API server is ready', async () => {
      if (api.server.exitCode !== null) throw new Error('kube-apiserver has ended')
      const answer = await api.call('GET', '/readyz').catch(() => undefined)
      return answer?.code === 200
    })
  const close = async (): Promise<void> => {
    await stop(api.server)
    await stop(etcd)
    rmSync(folder, { recursive: true })
  }
  await ready().catch(async (error: unknown) => {
    await close()
    throw error
  })
  return {
    ...{ api, cert, folder, url: `https://127.0.0.1:${String(port)}` },
    kill: () => stop(api.server),
    restart: async () => {
      await stop(api.server)
      api.server = startServer()
      await ready()
    },
    /** What etcd knew before now it knows no more. */
    compact: async () => {
      const post = async (path: string, body: object): Promise<Record<string, unknown>> => {
        const answer = await fetch(`${etcdUrl}${path}`, {
          method: 'POST',
          body: JSON.stringify(body),
        })
        return (await answer.json()) as Record<string, unknown>
      }
      const { header } = await post('/v3/kv/range', { key: 'AA==' })
      const { revision } = header as { revision: string }
      await post('/v3/kv/compaction', { revision, physical: true })
    },
    close,
  }
}

export type Api = Awaited<ReturnType<typeof startApi>>
