import { SourceError } from '../source.ts'

const resources = ['nodes', 'services'] as const

/** What is watched; services with the slices of their endpoints. */
export type Part = (typeof resources)[number]

export interface KubernetesOptions {
  /** A kubeconfig. Default: that of the pod, of KUBECONFIG, of ~/.kube/config: the first of these. */
  readonly path: string | undefined
  /** A context of the kubeconfig. Default: its current one. */
  readonly context: string | undefined
  readonly parts: readonly Part[]
}

const isPart = (word: string): word is Part => (resources as readonly string[]).includes(word)

const parseParts = (words: readonly string[]): readonly Part[] => {
  const parts = words.filter(isPart)
  if (parts.length > 0 && parts.length === words.length) return [...new Set(parts)]
  throw new SourceError(
    `${JSON.stringify(words.join(','))} are no resources of kubernetes: there are nodes and services`,
  )
}

/** `kubernetes`, `kubernetes:PATH`, each with `?context=NAME&resources=nodes,services`; undefined: none of these. */
export const parseKubernetes = (text: string): KubernetesOptions | undefined => {
  const [, path, query = ''] = /^kubernetes(?::([^?]*))?(?:\?(.*))?$/.exec(text) ?? [undefined]
  if (!/^kubernetes(?=[:?]|$)/.test(text)) return undefined
  if (path === '') throw new SourceError(`${JSON.stringify(text)} names no kubeconfig behind ":"`)
  const words = new URLSearchParams(query)
  const stray = [...words.keys()].find((key) => key !== 'context' && key !== 'resources')
  if (stray !== undefined)
    throw new SourceError(
      `kubernetes knows no ${JSON.stringify(stray)}: there are context and resources`,
    )
  return {
    path,
    context: words.get('context') ?? undefined,
    parts: parseParts((words.get('resources') ?? resources.join(',')).split(',')),
  }
}
