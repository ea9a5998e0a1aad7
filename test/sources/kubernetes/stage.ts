import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { openAccess } from '../../../src/sources/kubernetes/access.ts'
import { kubernetesSource } from '../../../src/sources/kubernetes/index.ts'
import type { Part } from '../../../src/sources/kubernetes/options.ts'
import type { Timing } from '../../../src/sources/kubernetes/timing.ts'
import type { Revision, SourceEvent } from '../../../src/sources/source.ts'

/** What a server was asked. */
export interface Asked {
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly isWatch: boolean
  readonly token: string | undefined
}

/** What it answers. */
export type Answer = (asked: Asked, response: ServerResponse) => void

const timing: Timing = {
  watch: [1, 1],
  grace: 100,
  answer: 1000,
  backOff: [5, 20],
  sound: 50,
  settle: 5,
}

export const sendJson = (
  response: ServerResponse,
  body: object,
  code = 200,
  headers: Readonly<Record<string, string>> = {},
): void => {
  response.writeHead(code, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

export const page = (items: readonly object[], resourceVersion: string, more = ''): object => ({
  metadata: { resourceVersion, ...(more === '' ? {} : { continue: more }) },
  items,
})

export const line = (type: string, object: object): string =>
  `${JSON.stringify({ type, object })}\n`

/** A key and a certificate for 127.0.0.1, which openssl makes. */
export const makeCertificate = (folder: string): { key: Buffer; cert: Buffer } => {
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')]
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']
  const names = ['-subj', '/CN=api', '-addext', 'subjectAltName=IP:127.0.0.1']
  const options = ['-nodes', ...names, '-keyout', key, '-out', cert]
  execFileSync('openssl', [...made, ...options], { stdio: 'pipe' })
  return { key: readFileSync(key), cert: readFileSync(cert) }
}

/** A kubeconfig whose token is in a file beside it. */
export const writeKubeconfig = (folder: string, server: string, cert: Buffer): string => {
  const path = join(folder, 'kubeconfig')
  const certificate = cert.toString('base64')
  const cluster = { server, 'certificate-authority-data': certificate }
  writeFileSync(join(folder, 'token'), 'secret\n')
  writeFileSync(
    path,
    JSON.stringify({
      'current-context': 'nowhere',
      clusters: [{ name: 'one', cluster }],
      users: [{ name: 'me', user: { tokenFile: 'token' } }],
      contexts: [{ name: 'here', context: { cluster: 'one', user: 'me' } }],
    }),
  )
  return path
}

/** A server of these answers, and what a source says of it. */
export const openStage = async (
  t: ExecutionContext,
  answer: Answer,
  { parts = ['nodes'], ...more }: { parts?: readonly Part[]; timing?: Partial<Timing> } = {},
) => {
  const folder = mkdtempSync(join(tmpdir(), 'netplan-kubernetes-'))
  const certificate = makeCertificate(folder)
  const asked: Asked[] = []
  const server = createServer(certificate, (request, response) => {
    const url = new URL(request.url ?? '', 'https://api')
    const query = Object.fromEntries(url.searchParams)
    const token = request.headers.authorization
    const question = { path: url.pathname, query, isWatch: query['watch'] === 'true', token }
    asked.push(question)
    answer(question, response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const url = `https://127.0.0.1:${String(port)}`
  const path = writeKubeconfig(folder, url, certificate.cert)
  const source = kubernetesSource({
    ...{ name: 'kubernetes', parts, timing: { ...timing, ...more.timing } },
    access: openAccess({ path, context: 'here', parts }),
  })
  const controller = new AbortController()
  const events: SourceEvent[] = []
  const tell = (event: SourceEvent): unknown => events.push(event)
  const revisions = source.subscribe({ signal: controller.signal, tell })[Symbol.asyncIterator]()
  t.teardown(async () => {
    controller.abort()
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
    rmSync(folder, { recursive: true })
  })
  return { ...{ asked, events, folder }, next: () => nextOf(revisions) }
}

/** What the next revision is, as JSON; undefined where there is nothing. */
const nextOf = async (revisions: AsyncIterator<Revision>): Promise<Said | undefined> => {
  const { value } = (await revisions.next()) as { value: Revision }
  const [document] = value.documents
  return document && (JSON.parse(document.text) as Said)
}

/** What a source says. */
interface Said {
  readonly cluster?: { readonly nodes: Readonly<Record<string, object>> }
  readonly services?: Readonly<Record<string, object>>
}
