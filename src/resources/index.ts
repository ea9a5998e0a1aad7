import { addressKind } from './address.ts'
import { chainKind } from './chain.ts'
import { engineKind } from './engine.ts'
import { fdbKind } from './fdb.ts'
import { flowKind } from './flow.ts'
import { jumpKind } from './jump.ts'
import type { Kind } from './kind.ts'
import { linkKind } from './link.ts'
import { namespaceKind } from './namespace.ts'
import { neighborKind } from './neighbor.ts'
import { routeKind } from './route.ts'
import { ruleKind } from './rule.ts'
import { sysctlKind } from './sysctl.ts'

/** Every kind, in the order in which plans show them. Adding one is a file and a line here. */
export const kinds: readonly Kind[] = [
  namespaceKind,
  linkKind,
  addressKind,
  neighborKind,
  fdbKind,
  routeKind,
  ruleKind,
  sysctlKind,
  engineKind,
  chainKind,
  jumpKind,
  flowKind,
]
