import { entriesOf, itemsOf, type Located, type Path } from './located.ts'
import { parseFile } from './parse.ts'
import { offsetOf, spanOf, type Place } from './source.ts'

const holds = (place: Place, offset: number): boolean => {
  const { start, end } = spanOf(place)
  return start <= offset && offset < end
}

// A key stands as it is printed, where a value's `$${` is read already.
const nameOf = (key: string): string => key.replaceAll('$${', () => '${')

const childrenOf = (
  node: Located,
): readonly (readonly [string | number, readonly Place[], Located])[] => {
  if (node.kind === 'scalar') return []
  return node.kind === 'list'
    ? itemsOf(node).map((item, index) => [index, [item.place], item])
    : [...entriesOf(node)].map(([name, { key, value }]) => [
        nameOf(name),
        [key, value.place],
        value,
      ])
}

const pathIn = (node: Located, offset: number): Path => {
  for (const [name, places, child] of childrenOf(node)) {
    if (places.some((place) => holds(place, offset))) return [name, ...pathIn(child, offset)]
  }
  return []
}

/** What finds the path to the value, or the key, at a line and column of a configuration's text. */
export const pathFinder = (text: string): ((line: number, column: number) => Path) => {
  const file = { name: '', text }
  const { root } = parseFile(file)
  return (line, column) => (root ? pathIn(root, offsetOf(file, line, column)) : [])
}
