import { readFileSync } from 'node:fs'
import { EtcdError } from './error.ts'

/** By whom etcd is asked. They are told to etcd and to nobody else. */
export interface Credentials {
  readonly user?: { readonly name: string; readonly password: string } | undefined
  readonly tls: {
    readonly ca?: Buffer | undefined
    readonly cert?: Buffer | undefined
    readonly key?: Buffer | undefined
  }
}

const readOf = (env: NodeJS.ProcessEnv, variable: string): Buffer | undefined => {
  const file = env[variable]
  if (file === undefined || file === '') return undefined
  try {
    return readFileSync(file)
  } catch (error) {
    throw new EtcdError('tls', `${variable}: ${(error as Error).message}`)
  }
}

const userOf = ({
  ETCDCTL_USER: user = '',
  ETCDCTL_PASSWORD: alone,
}: NodeJS.ProcessEnv): Credentials['user'] => {
  if (user === '') return undefined
  if (alone !== undefined) return { name: user, password: alone }
  const colon = user.indexOf(':')
  if (colon === -1)
    throw new EtcdError('unauthenticated', 'ETCDCTL_USER has no password: say NAME:PASSWORD')
  return { name: user.slice(0, colon), password: user.slice(colon + 1) }
}

/**
 * By the variables that etcdctl knows. Certificates are read each time, for they are replaced.
 *
 * @throws EtcdError where a file cannot be read
 */
export const readCredentials = (env: NodeJS.ProcessEnv): Credentials => ({
  user: userOf(env),
  tls: {
    ca: readOf(env, 'ETCDCTL_CACERT'),
    cert: readOf(env, 'ETCDCTL_CERT'),
    key: readOf(env, 'ETCDCTL_KEY'),
  },
})
