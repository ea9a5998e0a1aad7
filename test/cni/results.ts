import type { Document } from './protocol.ts'

type Shown = Record<string, unknown>

const isObject = (value: unknown): value is Shown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

// Of an interface: what chance decides, and what only this test's names say.
const chance: Readonly<Record<string, string>> = { mac: 'MAC', sandbox: 'POD' }

const veil = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(veil)
  if (!isObject(value)) return value
  const entries = Object.entries(value).map(([key, inner]) => [
    key,
    typeof inner === 'string' && inner !== '' && key in chance ? chance[key] : veil(inner),
  ])
  return Object.fromEntries(entries)
}

/** The document of an ADD, without MAC addresses and without the names of what only the node sees. */
export const veiled = (result: Document, bridge: string): Document => {
  const { interfaces = [], ...rest } = veil(result) as Shown & { interfaces?: Shown[] }
  const named = interfaces.map((one) =>
    one['sandbox'] === undefined && one['name'] !== bridge ? { ...one, name: 'VETH' } : one,
  )
  return { ...rest, interfaces: named }
}
