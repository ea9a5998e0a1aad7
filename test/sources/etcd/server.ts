import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../free-port.ts'

/** An etcd of a test's own: one member, on ports that nobody else has, with its data in a folder that goes with it. */
export interface Etcd {
  readonly host: string
  /** Asks the gateway; throws what it refuses. */
  ask(path: string, body: object, token?: string): Promise<Record<string, unknown>>
  /** Returns the revision. */
  put(key: string, value: string, lease?: string): Promise<number>
  remove(prefix: string): Promise<void>
  compact(revision: number): Promise<void>
  /** A lease of so many seconds. */
  grant(seconds: number): Promise<string>
  signal(name: NodeJS.Signals): void
  /** As a crash would. */
  kill(): Promise<void>
  start(): Promise<void>
  /** Ends it, and its data. */
  destroy(): Promise<void>
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** Tries until it does not throw, for 20 s. */
export const eventually = async <T>(attempt: () => T | Promise<T>): Promise<T> => {
  const end = Date.now() + 20_000
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (Date.now() > end) throw error
      await sleep(20)
    }
  }
}

export interface EtcdOptions {
  readonly arguments?: readonly string[]
  /** With which it is asked by the test. */
  readonly scheme?: string
}

export const startEtcd = async ({ arguments: more = [] }: EtcdOptions = {}): Promise<Etcd> => {
  const folder = mkdtempSync(join(tmpdir(), 'netplan-etcd-'))
  const host = `127.0.0.1:${String(await freePort())}`
  const peer = `http://127.0.0.1:${String(await freePort())}`
  const isSecure = more.includes('--cert-file')
  const url = `${isSecure ? 'https' : 'http'}://${host}`
  let child: ChildProcess | undefined

  const ask: Etcd['ask'] = async (path, body, token) => {
    const headers = token === undefined ? {} : { authorization: token }
    const signal = AbortSignal.timeout(5000)
    const answer = await fetch(url + path, {
      ...{ method: 'POST', headers, signal },
      body: JSON.stringify(body),
    })
    const told = (await answer.json()) as Record<string, unknown>
    if (answer.ok) return told
    throw new Error(JSON.stringify(told))
  }
  const revisionOf = ({ header }: Record<string, unknown>): number =>
    Number((header as { revision: string }).revision)
  const isThere = async (): Promise<void> => {
    if (child?.exitCode !== null) throw new Error('etcd has ended')
    if (isSecure) return // who trusts it, and when it answers, is what the test is about
    await ask('/v3/kv/range', { key: base64('x') }).catch((error: unknown) => {
      // With users, it answers nobody else.
      if (!String(error).includes('user name is empty')) throw error
    })
  }
  const start = async (): Promise<void> => {
    const flags = [
      ...['--data-dir', folder, '--listen-client-urls', url, '--advertise-client-urls', url],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
      ...['--initial-cluster', `default=${peer}`, '--log-level', 'error', ...more],
    ]
    child = spawn('etcd', flags, { stdio: 'ignore' })
    await eventually(isThere)
  }
  const kill = async (): Promise<void> => {
    if (child?.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  await start()
  return {
    host,
    ask,
    start,
    kill,
    put: async (key, value, lease) => {
      const kv = { key: base64(key), value: base64(value) }
      return revisionOf(await ask('/v3/kv/put', lease === undefined ? kv : { ...kv, lease }))
    },
    remove: async (prefix) => {
      await ask('/v3/kv/deleterange', { key: base64(prefix), range_end: base64(`${prefix}~`) })
    },
    compact: async (revision) => {
      await ask('/v3/kv/compaction', { revision, physical: true })
    },
    grant: async (seconds) => String((await ask('/v3/lease/grant', { TTL: seconds }))['ID']),
    signal: (name) => void child?.kill(name),
    destroy: async () => {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
