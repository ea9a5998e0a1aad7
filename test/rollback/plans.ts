import { adopted } from './plans/adopted.ts'
import { generated } from './plans/generated.ts'
import { links } from './plans/links.ts'
import { namespaces } from './plans/namespaces.ts'
import type { Passage } from './plans/passage.ts'
import { routing } from './plans/routing.ts'
import { services } from './plans/services.ts'

export type { Passage } from './plans/passage.ts'
export { destroy } from './plans/passage.ts'

/** Everything that a plan can do to a node, a name each. */
export const passages: readonly Passage[] = [
  ...links,
  ...routing,
  ...namespaces,
  ...adopted,
  ...services,
  ...generated,
]
