import { codes, CniError } from './errors.ts'

/** A part of a network configuration, and what it is called. */
export interface Part {
  readonly value: Readonly<Record<string, unknown>>
  /** `ipam.`, with which the names of its keys begin. */
  readonly path: string
}

export const invalidConfig = (message: string, details = ''): CniError =>
  new CniError(codes.invalidConfiguration, message, details)

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const wrong = (name: string, value: unknown, expected: string): CniError =>
  invalidConfig(`${name} is to be ${expected}`, JSON.stringify(value))

/** Absent, `null` and, as Go has it, what is empty are one. */
const isAbsent = (value: unknown): boolean => value === undefined || value === null || value === ''

/** What a key is to be; `say` is how that is told. */
const reader =
  <T>(is: (value: unknown) => value is T, say: string) =>
  ({ value, path }: Part, key: string): T | undefined => {
    const found = value[key]
    if (isAbsent(found)) return undefined
    if (!is(found)) throw wrong(path + key, found, say)
    return found
  }

export const text = reader((value) => typeof value === 'string', 'text')

export const flag = reader((value) => typeof value === 'boolean', 'true or false')

export const number = reader(
  (value): value is number => Number.isSafeInteger(value),
  'a whole number',
)

const record = reader(isRecord, 'an object')

const listOf = reader((value): value is readonly unknown[] => Array.isArray(value), 'a list')

/** A part of it; an empty one where there is none. */
export const part = (whole: Part, key: string): Part => ({
  value: record(whole, key) ?? {},
  path: `${whole.path}${key}.`,
})

/** Each of a list. */
export const items = (whole: Part, key: string): readonly (readonly [unknown, string])[] =>
  (listOf(whole, key) ?? []).map((value, index) => [value, `${whole.path}${key}[${String(index)}]`])

/** Each of a list of objects. */
export const parts = (whole: Part, key: string): readonly Part[] =>
  items(whole, key).map(([value, name]) => {
    if (!isRecord(value)) throw wrong(name, value, 'an object')
    return { value, path: `${name}.` }
  })

export const texts = (whole: Part, key: string): readonly string[] =>
  items(whole, key).map(([value, name]) => {
    if (typeof value !== 'string') throw wrong(name, value, 'text')
    return value
  })

/** A value that has to be of some form. */
export const checked = <T extends string | undefined>(
  value: T,
  name: string,
  { is, say }: { is(value: string): boolean; readonly say: string },
): T => {
  if (value !== undefined && !is(value)) throw wrong(name, value, say)
  return value
}

/** An object of JSON. @throws CniError (6) where it is none */
export const decode = (json: string, what = 'the network configuration'): Part => {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    const details = error instanceof Error ? error.message : String(error)
    throw new CniError(codes.decoding, `${what} is no JSON`, details)
  }
  if (!isRecord(value)) throw new CniError(codes.decoding, `${what} is no object of JSON`)
  return { value, path: '' }
}
