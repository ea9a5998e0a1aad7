import { netnsDirectory } from '../net/namespaces.ts'
import type { Resource } from '../resources/kind.ts'
import type { Link } from '../resources/link/link.ts'
import type { Namespace } from '../resources/namespace.ts'
import type { Context } from './context.ts'
import { netnsArgument } from './context.ts'
import { expandRoutes } from './routes.ts'
import { expandRules } from './rules.ts'
import { expandSysctls } from './sysctls.ts'

/** A new namespace has its `lo` down (N-20), and hardly anything works so. */
const loopback = (name: string, source: Namespace['source']): Link => ({
  kind: 'link',
  namespace: name,
  name: 'lo',
  type: 'loopback',
  attributes: { up: true },
  source,
})

/** Where `interfaces` has its `lo`, that says all of it. */
const isDeclared = ({ config }: Context, name: string): boolean =>
  config.interfaces?.['lo']?.namespace === name

const expandNamespace = (context: Context, name: string): readonly Resource[] => {
  const { pid, path, routes, rules, sysctls, adopt } = context.config.namespaces?.[name] ?? {}
  const at = ['namespaces', name]
  const source = context.locate(at, 'key')
  const managed = pid === undefined && path === undefined
  const namespace: Namespace = {
    kind: 'namespace',
    namespace: '',
    name,
    path: managed ? `${netnsDirectory}/${name}` : netnsArgument(context, name),
    managed,
    attributes: {},
    source,
    adopt,
  }
  return [
    namespace,
    ...(managed && !isDeclared(context, name) ? [loopback(name, source)] : []),
    ...expandRoutes(context, routes ?? [], [...at, 'routes'], { namespace: name }),
    ...expandRules(context, rules ?? [], [...at, 'rules'], name),
    ...expandSysctls(context, sysctls ?? {}, [...at, 'sysctls'], name),
  ]
}

export const expandNamespaces = (context: Context): readonly Resource[] =>
  Object.keys(context.config.namespaces ?? {}).flatMap((name) => expandNamespace(context, name))
