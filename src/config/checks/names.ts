import { explainDeviceName, explainNamespaceName } from '../names.ts'
import type { Path } from '../located.ts'
import { quote, suggest } from '../words.ts'
import { describeSpace, findTwins, listSpaces, type Check, type Problem } from './topology.ts'

const checkDeviceName = (name: string | undefined, path: Path): readonly Problem[] => {
  const hint = name === undefined ? undefined : explainDeviceName(name)
  if (name === undefined || hint === undefined) return []
  return [{ code: 'value', message: `${quote(name)} cannot be a device name`, path, hint }]
}

/** Device names that are too long in bytes, or that the kernel refuses for what only bytes show. */
export const checkDeviceNames: Check = ({ config, links }) => [
  ...links.flatMap(({ name, namePath }) => checkDeviceName(name, namePath)),
  // A rule's devices need not exist, and so are nobody's links.
  ...listSpaces(config).flatMap(({ path, data: { rules = [] } }) =>
    rules.flatMap(({ iif, oif }, index) => [
      ...checkDeviceName(iif, [...path, 'rules', index, 'iif']),
      ...checkDeviceName(oif, [...path, 'rules', index, 'oif']),
    ]),
  ),
]

/** A device that only interfaces may name, as it exists everywhere. */
export const checkLoopback: Check = ({ links }) =>
  links
    .filter(({ name, kind }) => name === 'lo' && kind !== 'interface')
    .map(({ kind, namePath }) => ({
      code: 'value',
      message: `a ${kind} cannot be called lo: every namespace has that device already`,
      path: namePath,
      hint: 'configure it under interfaces',
    }))

/** The same device name twice in one namespace. */
export const checkDeviceTwins: Check = ({ links }) =>
  findTwins(links, ({ namespace, name }) => JSON.stringify([namespace, name])).map(
    ([link, first]) => ({
      code: 'duplicate',
      message: `two devices called ${quote(link.name)} in ${describeSpace(link.namespace)}`,
      path: link.namePath,
      related: first.namePath,
      hint: link.kind === 'peer' ? 'give the peer another name, or a namespace' : undefined,
    }),
  )

/** Links in a namespace that is not declared. */
export const checkNamespaceReferences: Check = ({ config, links }) => {
  const known = Object.keys(config.namespaces ?? {})
  return links
    .filter(({ namespace }) => namespace !== '' && !known.includes(namespace))
    .map(({ namespace, path }) => ({
      code: 'reference',
      message: `no namespace ${quote(namespace)}`,
      path: [...path, 'namespace'],
      hint: suggest(namespace, known) ?? `declare it under namespaces: "${namespace}: {}"`,
    }))
}

/** Namespaces that say twice where they are, and two that are one. */
export const checkNamespaces: Check = ({ config }) => {
  const spaces = Object.entries(config.namespaces ?? {})
  const both = spaces.filter(([, { pid, path }]) => pid !== undefined && path !== undefined)
  return [
    ...both.map(([name]) => ({
      code: 'value' as const,
      message: `namespace ${name} has both "pid" and "path"`,
      path: ['namespaces', name, 'path'],
      part: 'key' as const,
      hint: 'one of them says which namespace it is',
    })),
    ...spaces.flatMap(([name]) => checkNamespaceName(name)),
    ...checkSame(spaces.map(([name, { pid }]) => [name, 'pid', pid])),
    ...checkSame(spaces.map(([name, { path }]) => [name, 'path', path])),
  ]
}

const checkNamespaceName = (name: string): readonly Problem[] => {
  const hint = explainNamespaceName(name)
  if (hint === undefined) return []
  const message = `${quote(name)} cannot be the name of a namespace`
  return [{ code: 'value', message, path: ['namespaces', name], hint }]
}

type Origin = readonly [name: string, key: string, value: string | number | undefined]

const checkSame = (origins: readonly Origin[]): readonly Problem[] =>
  findTwins(origins, ([, , value]) => value?.toString()).map(([[name, key], [first]]) => ({
    code: 'duplicate',
    message: `namespaces ${first} and ${name} are one: they have the same ${key}`,
    path: ['namespaces', name, key],
    related: ['namespaces', first, key],
  }))
