// A real kube-apiserver upon a real etcd, of the folder that KUBEBUILDER_ASSETS names.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../free-port.ts'
import { run } from '../run.ts'
import type { Ended } from '../run.ts'

export interface ApiServer {
  /** Runs kubectl as an administrator. */
  kubectl(...args: readonly string[]): Promise<Ended>
  stop(): Promise<void>
}

const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}

/**
 * @param assets the folder with `etcd` and `kube-apiserver`
 * @param folder for its files; is made
 */
export const startApiServer = async (assets: string, folder: string): Promise<ApiServer> => {
  mkdirSync(folder)
  const [client, peer, port] = [await freePort(), await freePort(), await freePort()]
  const log = openSync(join(folder, 'log'), 'a')
  const start = (name: string, flags: readonly string[]): ChildProcess =>
    spawn(join(assets, name), flags, { stdio: ['ignore', log, log] })
  const key = join(folder, 'key')
  await run(['openssl', 'genrsa', '-out', key, '2048'])
  writeFileSync(join(folder, 'tokens'), 'test,admin,admin,system:masters\n')
  const etcd = `http://127.0.0.1:${client}`
  const children = [
    start('etcd', [
      `--data-dir=${join(folder, 'etcd')}`,
      `--listen-client-urls=${etcd}`,
      `--advertise-client-urls=${etcd}`,
      `--listen-peer-urls=http://127.0.0.1:${peer}`,
    ]),
    start('kube-apiserver', [
      `--etcd-servers=${etcd}`,
      `--secure-port=${port}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      '--service-cluster-ip-range=10.96.0.0/16',
      `--cert-dir=${join(folder, 'certificates')}`,
      `--service-account-key-file=${key}`,
      `--service-account-signing-key-file=${key}`,
      '--service-account-issuer=https://test',
      '--authorization-mode=RBAC',
      `--token-auth-file=${join(folder, 'tokens')}`,
    ]),
  ]
  const access = [
    `--server=https://127.0.0.1:${port}`,
    '--insecure-skip-tls-verify',
    '--token=test',
    `--cache-dir=${join(folder, 'cache')}`,
  ]
  const kubectl: ApiServer['kubectl'] = (...args) =>
    run(['kubectl', ...args, ...access], { env: { HOME: folder, KUBECONFIG: undefined } })
  const stop = async (): Promise<void> => {
    for (const child of children) await end(child)
  }
  for (let attempt = 0; attempt < 60; attempt++) {
    const { stdout } = await kubectl('get', 'namespace', 'kube-system', '--output=name')
    if (stdout !== '') return { kubectl, stop }
    await sleep(500)
  }
  await stop()
  throw new Error(
    `no API server came up: ${readFileSync(join(folder, 'log'), 'utf8').slice(-2000)}`,
  )
}
