// What a document of ours has to look like, for those that somebody else may have written.

/** What is wrong with a value, at its place in the document; undefined: nothing. */
type Check = (value: unknown, at: string) => string | undefined

export const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const kindOf = (value: unknown): string =>
  value === undefined ? 'missing' : value === null ? 'null' : `of type ${typeof value}`

const plain =
  (type: 'string' | 'number' | 'boolean'): Check =>
  (value, at) =>
    typeof value === type ? undefined : `${at} is ${kindOf(value)}, not a ${type}`

export const [text, number, flag] = [plain('string'), plain('number'), plain('boolean')]

export const anything: Check = () => undefined

export const orNull =
  (check: Check): Check =>
  (value, at) =>
    value === null ? undefined : check(value, at)

export const orNone =
  (check: Check): Check =>
  (value, at) =>
    value === undefined ? undefined : check(value, at)

export const oneOf =
  (...values: readonly unknown[]): Check =>
  (value, at) =>
    values.includes(value) ? undefined : `${at} is not one of ${values.join(', ')}`

export const list =
  (check: Check): Check =>
  (value, at) => {
    if (!Array.isArray(value)) return `${at} is ${kindOf(value)}, not a list`
    for (const [index, one] of value.entries()) {
      const problem = check(one, `${at}[${String(index)}]`)
      if (problem !== undefined) return problem
    }
    return undefined
  }

export const map =
  (check: Check): Check =>
  (value, at) => {
    if (!isMap(value)) return `${at} is ${kindOf(value)}, not a mapping`
    for (const key of Object.keys(value)) {
      const problem = check(value[key], `${at}.${key}`)
      if (problem !== undefined) return problem
    }
    return undefined
  }

export const shape =
  (keys: Readonly<Record<string, Check>>): Check =>
  (value, at) => {
    if (!isMap(value)) return `${at} is ${kindOf(value)}, not a mapping`
    for (const [key, check] of Object.entries(keys)) {
      const found = Object.hasOwn(value, key) ? value[key] : undefined
      const problem = check(found, at === '' ? key : `${at}.${key}`)
      if (problem !== undefined) return problem
    }
    return undefined
  }

const mostLevels = 64

/** Whether a value has more levels than any document of ours: what goes through it by calling itself would not come back. */
export const isTooDeep = (value: unknown): boolean => {
  let level: readonly unknown[] = [value]
  for (let depth = 0; depth <= mostLevels; depth++) {
    if (level.length === 0) return false
    level = level.flatMap((one) =>
      typeof one === 'object' && one !== null ? (Object.values(one) as unknown[]) : [],
    )
  }
  return level.length > 0
}
