import { existsSync, readFileSync } from 'node:fs'
import type { OutgoingHttpHeaders } from 'node:http'
import type { RequestOptions } from 'node:https'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import type { KubeConfig, User } from '@kubernetes/client-node'
import { parse } from 'yaml'
import { SourceError } from '../source.ts'
import { ApiError } from './api-error.ts'
import { loadLibrary } from './library.ts'
import type { KubernetesOptions } from './options.ts'

/** Where to ask, and as whom. */
export interface Connection {
  readonly server: string
  readonly options: RequestOptions
}

export interface Access {
  /** As it was when it was opened: what one server said is nothing of another's. */
  readonly server: string
  connect(): Promise<Connection>
  /** What was known of us, the server does not believe: it is read anew. */
  forget(): void
}

type Library = ReturnType<typeof loadLibrary>

const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount/token'

/** Tokens in files are changed now and then, and their files are read as often as client-go does. */
const freshness = 60_000

/** Where to look, as kubectl does; none: in the pod that this is. */
const findFiles = ({ path }: KubernetesOptions): readonly string[] => {
  if (path !== undefined) return [path]
  const { KUBERNETES_SERVICE_HOST: host = '', KUBECONFIG: files = '' } = process.env
  if (host !== '' && existsSync(tokenPath)) return []
  if (files !== '') return files.split(delimiter).filter((file) => file !== '')
  const own = join(homedir(), '.kube', 'config')
  if (existsSync(own)) return [own]
  throw new SourceError(
    `no kubeconfig: this is no pod, KUBECONFIG is not set, and there is no ${own}; say --source kubernetes:/path/to/kubeconfig`,
  )
}

const readConfig = ({ KubeConfig }: Library, files: readonly string[]): KubeConfig => {
  const config = new KubeConfig()
  if (files.length === 0) config.loadFromCluster()
  for (const [index, file] of files.entries()) {
    const one = index === 0 ? config : new KubeConfig()
    one.loadFromFile(file)
    // The library knows "token-file" alone, which nobody else writes.
    one.users = one.users.map((user, position) => withTokenFile(user, file, position))
    if (one !== config) config.mergeConfig(one, true)
  }
  return config
}

interface Written {
  readonly users?: readonly { readonly user?: { readonly tokenFile?: string } }[]
}

const withTokenFile = (user: User, file: string, position: number): User => {
  if (user.token !== undefined) return user
  const { users = [] } = parse(readFileSync(file, 'utf8')) as Written
  const tokenFile = users[position]?.user?.tokenFile
  if (tokenFile === undefined) return user
  const config = { tokenFile: resolve(dirname(file), tokenFile) }
  return { ...user, authProvider: { name: 'tokenFile', config } }
}

const chooseContext = (config: KubeConfig, context: string | undefined): string => {
  if (context !== undefined) config.setCurrentContext(context)
  const name = config.getCurrentContext()
  const server = config.getCurrentCluster()?.server
  if (server !== undefined) return server
  const known = config.getContexts().map((one) => one.name)
  throw new SourceError(
    `the kubeconfig has no cluster for the context ${JSON.stringify(name)}; its contexts: ${known.join(', ') || 'none'}`,
  )
}

interface Loaded {
  readonly config: KubeConfig
  readonly server: string
}

const load = (library: Library, options: KubernetesOptions): Loaded => {
  try {
    const config = readConfig(library, findFiles(options))
    const server = chooseContext(config, options.context)
    // Of who has no name the library would forget the server's certificate authority.
    const user = config.getContextObject(config.getCurrentContext())?.user
    if (!config.getCurrentUser()) config.addUser({ name: user as string })
    return { config, server }
  } catch (error) {
    if (error instanceof SourceError) throw error
    throw new SourceError(`the kubeconfig cannot be used: ${(error as Error).message}`)
  }
}

/** A file of a token may end in a line break, which no header can have. */
const trimToken = ({ headers }: RequestOptions): void => {
  const own = headers as OutgoingHttpHeaders
  if (typeof own['Authorization'] === 'string') own['Authorization'] = own['Authorization'].trim()
}

/**
 * Access as the kubeconfig gives it, which is read again as it gets old.
 *
 * @throws SourceError where there is none, or none that can be used
 */
export const openAccess = (options: KubernetesOptions): Access => {
  const library = loadLibrary()
  const first = load(library, options)
  let loaded: Loaded | undefined = first
  let loadedAt = performance.now()
  return {
    server: first.server,
    connect: async () => {
      try {
        if (!loaded || performance.now() - loadedAt > freshness) {
          loaded = load(library, options)
          loadedAt = performance.now()
        }
        const { config, server } = loaded
        const request: RequestOptions = { headers: {} }
        await config.applyToHTTPSOptions(request)
        trimToken(request)
        return { server, options: request }
      } catch (error) {
        // It was right once: a file that is just being written, a program that has no answer now.
        throw new ApiError('credentials', (error as Error).message)
      }
    },
    forget: () => {
      loaded = undefined
    },
  }
}
