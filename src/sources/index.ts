import { SourceError } from './source.ts'
import type { Source } from './source.ts'

/** Opens a source by what was asked for; undefined: it is none of its kind. */
type Opener = (text: string) => Promise<Source | undefined>

/** Kinds of sources beside files; what they need is loaded where one is asked for. */
const openers: readonly Opener[] = [
  async (text) =>
    /^(?:flannel\+)?etcd(?:\+https)?:/.test(text)
      ? (await import('./etcd/index.ts')).openEtcd(text)
      : undefined,
  async (text) => {
    if (!text.startsWith('kubernetes')) return undefined
    const { openKubernetes } = await import('./kubernetes/index.ts')
    return openKubernetes(text)
  },
]

/** What comes from beyond the machine says so: its environment is not for whoever may write there. */
const fromAfar = (source: Source): Source => ({
  name: source.name,
  async *subscribe(subscription) {
    for await (const { revision, documents } of source.subscribe(subscription))
      yield { revision, documents: documents.map((one) => ({ ...one, remote: true })) }
  },
})

/**
 * A source as it was asked for with --source.
 *
 * @throws SourceError where there is none of this kind, or something is missing
 */
export const openSource = async (text: string): Promise<Source> => {
  for (const open of openers) {
    const source = await open(text)
    if (source) return fromAfar(source)
  }
  throw new SourceError(
    `${JSON.stringify(text)} is no source: there are file, etcd://, flannel+etcd:// and kubernetes`,
  )
}
