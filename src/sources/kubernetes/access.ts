import { existsSync } from 'node:fs'
import type { RequestOptions } from 'node:https'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { KubeConfig } from '@kubernetes/client-node'
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
  connect(): Promise<Connection>
  /** What was known of us, the server does not believe: it is read anew. */
  forget(): void
}

type Library = ReturnType<typeof loadLibrary>

const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount/token'

/** Tokens in files are changed now and then, and their files are read as often as client-go does. */
const freshness = 60_000

const loadDefault = (config: KubeConfig): void => {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBECONFIG: files = '' } = process.env
  if (host !== '' && existsSync(tokenPath)) {
    config.loadFromCluster()
    return
  }
  const own = join(homedir(), '.kube', 'config')
  // Without any of them the library would ask a server of this machine.
  if (files === '' && !existsSync(own))
    throw new SourceError(
      `no kubeconfig: this is no pod, KUBECONFIG is not set, and there is no ${own}; say --source kubernetes:/path/to/kubeconfig`,
    )
  config.loadFromDefault()
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

const load = ({ KubeConfig }: Library, { path, context }: KubernetesOptions): Loaded => {
  const config = new KubeConfig()
  try {
    if (path === undefined) loadDefault(config)
    else config.loadFromFile(path)
    const server = chooseContext(config, context)
    // Of who has no name the library would forget the server's certificate authority.
    const user = config.getContextObject(config.getCurrentContext())?.user
    if (!config.getCurrentUser()) config.addUser({ name: user as string })
    return { config, server }
  } catch (error) {
    if (error instanceof SourceError) throw error
    throw new SourceError(`the kubeconfig cannot be used: ${(error as Error).message}`)
  }
}

/**
 * Access as the kubeconfig gives it, which is read again as it gets old.
 *
 * @throws SourceError where there is none, or none that can be used
 */
export const openAccess = (options: KubernetesOptions): Access => {
  const library = loadLibrary()
  let loaded: Loaded | undefined = load(library, options)
  let loadedAt = performance.now()
  return {
    connect: async () => {
      try {
        if (!loaded || performance.now() - loadedAt > freshness) {
          loaded = load(library, options)
          loadedAt = performance.now()
        }
        const { config, server } = loaded
        const request: RequestOptions = { headers: {} }
        await config.applyToHTTPSOptions(request)
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
