import { isAddress } from '../net/addresses.ts'
import type { Located, LocatedScalar } from './located.ts'
import { isNamed, resolveNode, typesOf, type SchemaNode } from './schema-nodes.ts'

/** The mistake that probably led to a value of the wrong kind: YAML's surprises first. */
export const explainMismatch = (node: SchemaNode, value: Located): string | undefined => {
  const types = typesOf(node)
  if (mustBeList(node)) return explainNoList(node, value)
  if (types.includes('object') && !types.includes('string')) return explainNoMapping(node, value)
  // What a variable stands for was not read from here, so how it is written here does not matter.
  if (value.kind !== 'scalar' || value.variables) return undefined
  if (value.value === null) {
    return types.includes('string') ? 'is the value missing, or not indented?' : undefined
  }
  if (types.includes('boolean')) return explainNoBoolean(value)
  if (types.includes('integer') || types.includes('number')) return explainNoNumber(value)
  return typeof value.value === 'string'
    ? explainNotation(node, value.value)
    : explainNoText(node, value)
}

/** What may be text by itself is that, and wrong. */
const mustBeList = (node: SchemaNode): boolean =>
  typesOf(node).includes('array') && node.format === undefined

const explainNoList = (node: SchemaNode, value: Located): string | undefined => {
  if (value.kind === 'map') return 'start each entry with "- "'
  if (value.kind === 'list') return undefined
  if (value.value === null) {
    return 'write [] for none, or start each of the lines below with "- "'
  }
  const wantsText = node.items && typesOf(resolveNode(node.items)).includes('string')
  return wantsText && typeof value.value === 'string' ? `write [${value.text}]` : undefined
}

const explainNoMapping = (node: SchemaNode, value: Located): string | undefined => {
  if (value.kind === 'list' && isNamed(node)) {
    return 'instead of "- ", write the name as a key, and the rest indented below'
  }
  return value.kind === 'scalar' && value.value === null
    ? 'write {} where there is nothing to say, or indent the lines below further'
    : undefined
}

const TRUTHS: Readonly<Record<string, boolean>> = {
  '1': true,
  on: true,
  yes: true,
  y: true,
  true: true,
  enabled: true,
  '0': false,
  off: false,
  no: false,
  n: false,
  false: false,
  disabled: false,
}

const explainNoBoolean = ({ value, text }: LocatedScalar): string | undefined => {
  const meant = String(TRUTHS[text.toLowerCase()] ?? '')
  if (meant === '') return undefined
  if (typeof value === 'number') return `write ${meant}`
  return text === meant
    ? 'write it without quotes'
    : `YAML 1.2 reads ${text} as text; write ${meant}`
}

const explainNoNumber = ({ value, text }: LocatedScalar): string | undefined => {
  if (typeof value !== 'string') return undefined
  const digits = /^([-+]?\d+(?:\.\d+)?)\s*(?:s|sec|seconds|b|bytes)?$/i.exec(text)?.[1]
  if (digits === undefined) return undefined
  return digits === text ? 'write it without quotes' : `write ${digits}, without a unit`
}

/** YAML made a number of a name; in quotes it is text. No number is a MAC or IP address. */
const explainNoText = (
  { definition, format }: SchemaNode,
  { value, text }: LocatedScalar,
): string | undefined => {
  if (format !== undefined || definition === 'mac') return undefined
  if (typeof value !== 'number') return `put it in quotes: "${text}"`
  return `${text} was read as the number ${value}; quote it: "${text}"`
}

const explainNotation = ({ definition, format }: SchemaNode, text: string): string | undefined => {
  if (definition === 'mac') {
    return text.includes('-') ? `with colons: ${text.replaceAll('-', ':')}` : undefined
  }
  if (format === 'ip-socket') return explainSocket(text)
  return format === undefined ? undefined : explainAddress(format, text)
}

const explainSocket = (text: string): string | undefined => {
  if (text.includes('://')) return 'a URL is for "http"'
  const bare = text.replace(/^\[(.*)\]$/, '$1')
  if (isAddress(bare)) {
    return bare.includes(':') && bare === text
      ? 'IPv6 stands in brackets, and the port behind them'
      : 'add the port'
  }
  const [, host = '', port] = /^(.*):(\d+)$/.exec(text) ?? []
  const address = host.replace(/^\[(.*)\]$/, '$1')
  if (!isAddress(address)) return undefined
  if (address.includes(':') !== (address !== host)) {
    return address.includes(':')
      ? `IPv6 stands in brackets: "[${address}]:${port}"`
      : 'brackets are for IPv6'
  }
  return 'a port is from 1 to 65535'
}

const explainAddress = (format: string, text: string): string | undefined => {
  const [address = '', length] = text.split('/')
  if (text.includes('%')) return 'a zone ("%eth0") is not part of an address here'
  if (/(^|\.)0\d/.test(address))
    return 'to some programs a leading zero means octal: write it without'
  if (format === 'ip')
    return length === undefined ? undefined : `without a prefix length: ${address}`
  if (length === undefined) {
    const example = `${address}${address.includes(':') ? '/64' : '/24'}`
    return format === 'ip-interface' ? `add the prefix length, as in ${example}` : undefined
  }
  if (length.includes('.')) return 'write the length instead of the netmask, as in 10.0.0.0/8'
  const longest = address.includes(':') ? 128 : 32
  return Number(length) > longest ? `the longest prefix is /${longest}` : undefined
}
