import type { Source } from '../source.ts'
import { SourceError } from '../source.ts'
import type { Address } from './address.ts'
import { parseAddress } from './address.ts'
import { openClient } from './client.ts'
import { readCredentials } from './credentials.ts'
import { documentsOf } from './documents.ts'
import { EtcdError } from './error.ts'
import { clusterOf } from './flannel.ts'
import type { Follow } from './follow.ts'
import { etcdSource } from './source.ts'

export interface EtcdTiming extends Pick<Follow, 'pace' | 'backOff'> {
  /** Milliseconds without a byte, after which a member that was asked something counts as silent. */
  readonly patience: number
}

const usual: EtcdTiming = {
  pace: { beat: 10_000, lifetime: 300_000 },
  backOff: [500, 30_000],
  patience: 5000,
}

/** Where they cannot be had from the beginning, no try helps. */
const checkCredentials = (env: NodeJS.ProcessEnv): void => {
  try {
    readCredentials(env)
  } catch (error) {
    if (!(error instanceof EtcdError)) throw error
    throw new SourceError(error.message)
  }
}

const sourceOf = (
  { kind, endpoints, prefix }: Address,
  env: NodeJS.ProcessEnv,
  { patience, ...timing }: EtcdTiming,
): Source =>
  etcdSource({
    ...timing,
    endpoints,
    prefix,
    name: `${kind === 'flannel' ? 'flannel in ' : ''}etcd ${endpoints.join(',')}${prefix}`,
    open: (endpoint, signal) =>
      openClient({ endpoint, signal, patience, credentials: readCredentials(env) }),
    documentsOf: kind === 'flannel' ? (entries) => clusterOf(entries, prefix) : documentsOf,
  })

/** Out of the environment: a document may read that, and whoever writes one need not know by whom it is read. */
const takeCredentials = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => {
  const taken = Object.entries(env).filter(([name]) => name.startsWith('ETCDCTL_'))
  for (const [name] of taken) Reflect.deleteProperty(env, name)
  return Object.fromEntries(taken)
}

/**
 * An etcd, as --source names it. Undefined: it names something else.
 *
 * @throws SourceError where the name lacks something, or a file of credentials cannot be read
 */
export const openEtcd = (
  text: string,
  env: NodeJS.ProcessEnv = process.env,
  timing: EtcdTiming = usual,
): Source | undefined => {
  const address = parseAddress(text)
  if (!address) return undefined
  const credentials = takeCredentials(env)
  checkCredentials(credentials)
  return sourceOf(address, credentials, timing)
}
