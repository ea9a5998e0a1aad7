/** Something that is said of several nodes. */
export interface Told<T> {
  readonly said: T
  readonly nodes: readonly string[]
}

/** The same of several nodes is told once, with their names. */
export const gather = <T>(
  all: readonly { readonly node: string; readonly said: readonly T[] }[],
): readonly Told<T>[] => {
  const told = new Map<string, { said: T; nodes: string[] }>()
  for (const { node, said } of all) {
    for (const one of said) {
      const key = JSON.stringify(one)
      const known = told.get(key)
      if (!known) told.set(key, { said: one, nodes: [node] })
      else if (!known.nodes.includes(node)) known.nodes.push(node)
    }
  }
  return [...told.values()]
}

const mostNames = 3

/** "node-1, node-2, node-3 and 4 more" */
export const namesOf = (nodes: readonly string[]): string => {
  const more = nodes.length - mostNames
  const rest = more > 0 ? ` and ${String(more)} more` : ''
  return `${nodes.slice(0, mostNames).join(', ')}${rest}`
}
