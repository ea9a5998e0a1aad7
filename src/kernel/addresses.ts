import { openNode } from './namespaces.ts'
import { run, StartError } from './run.ts'

interface Shown {
  readonly addr_info?: readonly { readonly local?: string }[]
}

/**
 * The addresses of a node, of all its devices, without lengths; none where there is no `ip` to ask.
 *
 * @param netns the namespace that stands for the node: NAME, PATH or PID; undefined is the caller's own
 * @throws NodeError where there is no such namespace
 */
export const readAddresses = async (netns: string | undefined): Promise<readonly string[]> => {
  const { path } = await openNode(netns)
  try {
    const { code, stdout } = await run({ argv: ['ip', '-j', 'address', 'show'], netns: path })
    if (code !== 0) return []
    const links = JSON.parse(stdout) as readonly Shown[]
    return links.flatMap(({ addr_info = [] }) => addr_info.flatMap(({ local }) => local ?? []))
  } catch (error) {
    if (error instanceof StartError && error.code === 'ENOENT') return []
    throw error
  }
}
