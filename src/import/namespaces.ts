import type { Namespace as Entry } from '../config/config.ts'
import { netnsDirectory } from '../net/namespaces.ts'
import type { Link } from '../resources/link/link.ts'
import type { Namespace } from '../resources/namespace.ts'
import { allIn, allOf, isTaken } from './scene.ts'
import type { Scene } from './scene.ts'

const ofProcess = /^\/proc\/(\d+)\/ns\/net$/

/** What container runtimes call those that they make, and take away again. */
const ofRuntime = /^(?:cni|netns)-[0-9a-f]{8}-/

const isDown = (name: string, scene: Scene): boolean =>
  allIn<Link>(scene, 'link', name).some((link) => link.name === 'lo' && !link.attributes['up'])

/** What a namespace of somebody else's is entered by. */
const originOf = ({ path }: Namespace): Entry => {
  const pid = ofProcess.exec(path)?.[1]
  return pid === undefined ? { path } : { pid: Number(pid) }
}

/** Where a namespace is; nothing, where netplan could have made it as it is. */
export const namespaceOf = (namespace: Namespace, scene: Scene): Entry => {
  const { name, path } = namespace
  const isPlain = path === `${netnsDirectory}/${name}` && !ofRuntime.test(name)
  return isPlain && isTaken(namespace, scene) && !isDown(name, scene) ? {} : originOf(namespace)
}

/** The namespaces that are read. */
export const namespacesOf = (scene: Scene): readonly Namespace[] =>
  allOf<Namespace>(scene, 'namespace').filter(({ stale }) => stale !== true)
