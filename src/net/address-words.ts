const patterns = [
  '(?<![0-9a-z:])(?<mac>(?:[0-9a-f]{2}:){5}[0-9a-f]{2})(?![0-9a-z:])',
  // A bridge's ID has its priority first, and no zeros: 8000.a:58:a:0:1:1.
  '(?<=[0-9a-f]{4}[.])(?<bare>(?:[0-9a-f]{1,2}:){5}[0-9a-f]{1,2})(?![0-9a-z:])',
  // What udev calls a device by its address.
  '(?<=(?<![0-9a-z])enx)(?<name>[0-9a-f]{12})(?![0-9a-z])',
  '(?<![0-9a-z:.])(?<inet6>(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4})(?![0-9a-z:.])',
  '(?<![0-9.])(?<inet>[0-9]{1,3}(?:[.][0-9]{1,3}){3})(?![0-9]|[.][0-9])',
  // As names of machines have it.
  '(?<![0-9.]|(?<![0-9a-z])[0-9]{1,3}-)(?<dashed>[0-9]{1,3}(?:-[0-9]{1,3}){3})(?![0-9]|[.-][0-9])',
  // A chain of ours for the services of a network: NP111-T-0a600038-32.
  '(?<=-T-)(?<digits>[0-9a-f]{8}(?:[0-9a-f]{24})?)(?=-[0-9])',
]

const words = new RegExp(patterns.join('|'), 'gi')

/** How an address is written. */
type Form = 'mac' | 'bare' | 'name' | 'inet6' | 'inet' | 'dashed' | 'digits'

/** Something in a text that may be an address. */
export interface Word {
  readonly form: Form
  readonly text: string
  /** The length of the prefix that it begins, where one follows. */
  readonly length: number | undefined
}

type Groups = Readonly<Record<Form, string | undefined>>

const lengthBehind = (rest: string, form: Form): number | undefined => {
  const pattern = form === 'digits' ? /^-([0-9]{1,3})(?![0-9])/ : /^[/]([0-9]{1,3})(?![0-9.])/
  const found = pattern.exec(rest)?.[1]
  return found === undefined ? undefined : Number(found)
}

/** A text with all that may be an address replaced. */
export const replaceWords = (text: string, change: (word: Word) => string): string =>
  text.replace(words, (match: string, ...args: unknown[]) => {
    const [found] = Object.entries(args.at(-1) as Groups).find(([, one]) => one !== undefined) ?? []
    if (found === undefined) return match
    const form = found as Form
    const end = Number(args.at(-3)) + match.length
    const length = lengthBehind(text.slice(end, end + 5), form)
    return change({ form, text: match, length })
  })
