import type { Move, State } from '../plan/states.ts'
import type { Json } from '../resources/kind.ts'

const most = 60

const valueText = (value: Json | undefined): string => {
  if (value === undefined || value === null) return 'none'
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return text.length > most ? `${text.slice(0, most)}…` : text
}

const whoseText = ({ ownership }: State): string =>
  ({ ours: 'ours', foreign: 'not ours', kernel: "the kernel's" })[ownership]

/** The attributes in which two differ, as "was mtu 1500, is mtu 1400". */
const differenceText = (was: State, is: State): string | undefined => {
  const names = [...new Set([...Object.keys(was.attributes), ...Object.keys(is.attributes)])]
  const differing = names.filter(
    (name) => JSON.stringify(was.attributes[name]) !== JSON.stringify(is.attributes[name]),
  )
  const list = ({ attributes }: State): string =>
    differing.map((name) => `${name} ${valueText(attributes[name])}`).join(', ')
  return differing.length === 0 ? undefined : `was ${list(was)}, is ${list(is)}`
}

/** How an object is not as it was: "bridge br0: was mtu 1500, is mtu 1400". */
export const moveText = ({ identity, was, is }: Move): string => {
  const title = (is ?? was)?.title ?? identity
  if (!was) return `${title}: was not there, is there`
  if (!is) return `${title}: was there, is gone`
  const differences = differenceText(was, is)
  if (differences !== undefined) return `${title}: ${differences}`
  if (was.ownership !== is.ownership) return `${title}: was ${whoseText(was)}, is ${whoseText(is)}`
  return `${title}: was made anew, or changed in what is not shown`
}
