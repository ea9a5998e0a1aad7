type Json = Readonly<Record<string, unknown>>

/** An object, or a list: something that has members. What stands elsewhere may be anything. */
export const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null
