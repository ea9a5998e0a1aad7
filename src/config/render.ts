import { entriesOf, itemsOf, type Located, type LocatedMap } from './located.ts'
import { printYaml } from './print.ts'
import type { Printed, PrintedEntry } from './print.ts'
import { locatePlace, type Place } from './source.ts'

/** `fleet.yaml:7:5` */
const describe = (place: Place): string => {
  const { file, line, column } = locatePlace(place)
  return `${file}:${String(line)}:${String(column)}`
}

/** Where a comment is not given again: at what comes from the line that was named last. */
const lineOf = (place: Place): string => {
  const { file, line } = locatePlace(place)
  return `${file}:${String(line)}`
}

const isOnLine = (items: readonly Located[], line: string): boolean =>
  items.every(({ place }) => lineOf(place) === line)

/** Each item of another line says so. */
const renderList = (items: readonly Located[], above: string): Printed => ({
  kind: 'list',
  items: items.map((item) => {
    const line = lineOf(item.place)
    const note = line === above ? undefined : describe(item.place)
    return { ...renderValue(item, line), note }
  }),
  // Addresses stand beside each other, mappings below each other; so does what has a comment.
  flow: items.every(({ kind }) => kind === 'scalar') && isOnLine(items, above),
})

/** The line that a value is said to be of, above its key: of a list with items of several lines, none. */
const lineAbove = (key: Place, value: Located, above: string): string | undefined => {
  const line = lineOf(key)
  return line === above || (value.kind === 'list' && !isOnLine(itemsOf(value), line))
    ? undefined
    : line
}

const renderEntries = (map: LocatedMap, above: string): readonly PrintedEntry[] =>
  [...entriesOf(map)].map(([name, { key, value }]) => {
    const line = lineAbove(key, value, above)
    const printed = renderValue(value, line ?? above)
    if (line === undefined) return { name, value: printed }
    return printed.kind === 'scalar'
      ? { name, value: { ...printed, note: describe(key) } }
      : { name, above: describe(key), value: printed }
  })

const renderValue = (value: Located, above: string): Printed => {
  if (value.kind === 'scalar') return { kind: 'scalar', value: value.value }
  return value.kind === 'list'
    ? renderList(itemsOf(value), above)
    : { kind: 'map', entries: renderEntries(value, above) }
}

/** A configuration as YAML, with the line that each of its parts comes from. Variables are their values. */
export const renderYaml = (root: LocatedMap): string =>
  printYaml(
    [...entriesOf(root)]
      .filter(([section]) => section !== 'vars')
      .map(([name, { key, value }]) => {
        const printed = renderValue(value, '')
        return {
          name,
          value: printed.kind === 'scalar' ? { ...printed, note: describe(key) } : printed,
        }
      }),
  )
