import type { Json, NamespaceName, World } from '../kind.ts'
import { linkIdentity } from './link.ts'
import type { Link } from './link.ts'

/** What is noted of an object on a link that is not ours: which device it is, 0 until it is made. */
export const noteLink = (namespace: NamespaceName, name: string, observed: World): Json => {
  const link = observed.find(linkIdentity(namespace, name)) as Link | undefined
  return { index: link?.index ?? 0 }
}

/** The note is of this very device, not of a later one of its name; 0: it was made with it. */
export const isNoted = (note: Json | undefined, index: number | undefined): boolean => {
  const noted = (note as { index: number } | undefined)?.index
  return noted !== undefined && (noted === 0 || noted === index)
}
