import type { Context, Extension, Given } from './extension.ts'
import type { Instance, Written } from './parse.ts'
import { quote, refuse } from './tokens.ts'
import type { Refusal } from './tokens.ts'

type Text = { readonly ok: true; readonly text: string } | Refusal

/** A match or target with its options as iptables-save prints them. */
export const printInstance = (instance: Instance, context: Context, flag: '-m' | '-j'): Text => {
  const { extension, at } = instance
  const misplaced = placeProblem(extension, context)
  if (misplaced) return refuse(misplaced, at)
  const given: Given = new Map()
  for (const written of instance.written) {
    const refusal = readWritten(written, given, context)
    if (refusal) return refusal
  }
  const problem = combinationProblem(extension, given) ?? extension.finish?.(given, context)
  if (problem) return refuse(problem, at)
  return {
    ok: true,
    text: [`${flag} ${extension.name}`, ...printOptions(extension, given, context)].join(' '),
  }
}

const placeProblem = (extension: Extension, context: Context): string | undefined => {
  const { name, family, protocols } = extension
  if (family && family !== context.family)
    return `${name} is for ${family === 'inet' ? 'IPv4' : 'IPv6'} alone`
  if (!protocols || protocols.includes(context.protocol ?? '')) return undefined
  return `${name} needs -p ${protocols.join(' or ')}`
}

/** Reads the values of an option; what it answers is a refusal. */
const readWritten = (written: Written, given: Given, context: Context): Refusal | undefined => {
  const { option, at } = written
  const opposite = written.negated ? option.opposite : undefined
  const name = opposite ?? option.writes ?? option.name
  if (given.has(name)) return refuse(`--${option.name}: --${name} is given twice`, at)
  const negated = written.negated && opposite === undefined
  const read = readTexts(written, negated, context)
  if (!read.ok) return read
  given.set(name, { negated, text: read.text })
  return undefined
}

const readTexts = ({ option, words, at }: Written, negated: boolean, context: Context): Text => {
  const texts: string[] = []
  for (const [index, value] of option.values.entries()) {
    const word = words[index] ?? { text: '', at }
    const text = value.read(word.text, context, negated)
    if (text === undefined)
      return refuse(`--${option.name}: ${quote(word.text)} is not ${value.expects}`, word.at)
    texts.push(text)
  }
  // A value that is the default has no text: the option is given, and not printed.
  const silent = texts.length > 0 && texts.every((text) => text === '')
  return { ok: true, text: silent ? SILENT : (option.constant ?? texts.join(' ')) }
}

const SILENT = '\0'

const combinationProblem = (extension: Extension, given: Given): string | undefined => {
  const { name, needs = [], excludes = [], beside = [] } = extension
  const long = (names: readonly string[], word: string): string =>
    names.map((one) => `--${one}`).join(word)
  for (const group of needs)
    if (!group.some((one) => given.has(one))) return `${name} needs ${long(group, ' or ')}`
  for (const group of excludes) {
    const both = group.filter((one) => given.has(one))
    if (both.length > 1) return `${name} takes only one of ${long(both, ' and ')}`
  }
  const lonely = beside.find(([one, other]) => given.has(one) && !given.has(other))
  return lonely && `--${lonely[0]} needs --${lonely[1]}`
}

const printOptions = (extension: Extension, given: Given, context: Context): readonly string[] => {
  const printed: string[] = []
  for (const { name, writes } of extension.options) {
    if (writes !== undefined) continue
    const one = given.get(name)
    const fallback = extension.defaults?.[name]
    const text = one?.text ?? (typeof fallback === 'function' ? fallback(context) : fallback)
    if (text === undefined || text === SILENT) continue
    printed.push(`${one?.negated ? '! ' : ''}--${name}${text === '' ? '' : ` ${text}`}`)
  }
  return printed
}
