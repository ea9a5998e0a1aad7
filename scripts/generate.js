// Writes src/generated/ from schemas/netplan.schema.json: the validator, the types and the schema
// itself as a module. Does nothing where the outputs were made from the very same inputs.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = new URL('..', import.meta.url)
const pathOf = (name) => fileURLToPath(new URL(name, root))
const read = (name) => readFileSync(pathOf(name), 'utf8')

const ANNOTATIONS = new Set([
  'title',
  'description',
  'default',
  'x-replaces',
  'x-required',
  'x-expected',
])
// An error as ajv writes it, at each of the hundreds of places that find one: most of its code, which every start loads.
const ERROR =
  /^const (err\d+) = (\{.*\});\nif\(vErrors === null\)\{\nvErrors = \[\1\];\n\}\nelse \{\nvErrors\.push\(\1\);\n\}\n/gm
const makers = { 'schema.ts': makeSchema, 'config.ts': makeTypes, 'validate.ts': makeValidator }
const source = read('schemas/netplan.schema.json')
const hash = createHash('sha256').update(source).update(read('scripts/generate.js')).digest('hex')
const header = `// Made by scripts/generate.js from schemas/netplan.schema.json; do not edit. ${hash.slice(0, 16)}\n`

const isFresh = (name) => {
  const output = `src/generated/${name}`
  return existsSync(pathOf(output)) && read(output).startsWith(header)
}

if (!Object.keys(makers).every(isFresh)) {
  mkdirSync(pathOf('src/generated'), { recursive: true })
  const schema = JSON.parse(source)
  for (const [name, make] of Object.entries(makers)) {
    writeFileSync(pathOf(`src/generated/${name}`), header + '\n' + (await make(schema)))
  }
}

// Parsing a string of JSON is faster than evaluating an object literal of this size.
function makeSchema(schema) {
  const text = JSON.stringify(JSON.stringify(schema))
  return `export const schema: Readonly<Record<string, unknown>> = JSON.parse(\n  ${text},\n)\n`
}

async function makeTypes(schema) {
  const { compile } = await import('json-schema-to-typescript')
  const options = { bannerComment: '', format: false, ignoreMinAndMaxItems: true }
  const text = await compile(mergeWrappers(schema), 'Config', options)
  return makeReadonly(text)
}

// `allOf: [{ $ref }]` lets a reference have a description of its own; copied, it stays at the member.
function mergeWrappers(node, { definitions } = node) {
  if (Array.isArray(node)) return node.map((item) => mergeWrappers(item, { definitions }))
  if (node === null || typeof node !== 'object') return node
  const { allOf, ...own } = node
  const target = allOf && definitions[allOf[0].$ref.split('/').at(-1)]
  const merged = target ? { ...mergeWrappers(target, { definitions }), ...own } : node
  const visit = ([key, value]) => [key, mergeWrappers(value, { definitions })]
  return Object.fromEntries(Object.entries(merged).map(visit))
}

// json-schema-to-typescript has no option for it; unformatted, it puts each member on a line of its own.
function makeReadonly(text) {
  return text
    .split('\n')
    .map((line) =>
      /^\s*[*/]/.test(line)
        ? line
        : line.replace(/^(\s*)(\w+\??:|\[k: string\]:)/, '$1readonly $2'),
    )
    .join('\n')
    .replace(/(?<=: |= |\| |^\s*)(\w+)\[\]/gm, 'readonly $1[]')
}

async function makeValidator(schema) {
  const { Ajv, _ } = await import('ajv')
  const { default: standalone } = await import('ajv/dist/standalone/index.js')
  const stub = () => true
  const ajv = new Ajv({
    allErrors: true,
    allowUnionTypes: true,
    messages: false,
    formats: { ip: stub, 'ip-interface': stub, 'ip-prefix': stub, 'ip-socket': stub },
    code: {
      source: true,
      esm: true,
      lines: true,
      formats: _`require("../config/formats.ts").formats`,
    },
  })
  return asModule(standalone.default(ajv, ajv.compile(stripAnnotations(schema))))
}

// What is asked of the whole schema is what a mapping may have; its definitions are code already.
function withoutDefinitions(line, name, text) {
  const { definitions, ...rest } = JSON.parse(text)
  return definitions ? `const ${name} = ${JSON.stringify(rest)};` : line
}

// ajv writes `require` even for ES modules; collects errors by copying all it has at each one more,
// which takes seconds for a file of many; and the types would take tsc seconds to infer.
function asModule(code) {
  const body = code
    .replaceAll('require("../config/formats.ts").formats', 'formats')
    .replaceAll(/vErrors\.concat\((\w+\.errors)\)/g, 'append(vErrors, $1)')
    .replaceAll(ERROR, 'vErrors = add(vErrors, $2);\n')
    .replaceAll(/^const (schema\d+) = (\{.*\});$/gm, withoutDefinitions)
    .replaceAll(/^export .*$/gm, '')
  if (/require\(|\.concat\(|\berr\d|\.definitions\b/.test(body))
    throw new Error('ajv writes something else now')
  const name = /export default (\w+)/.exec(code)[1]
  return `// @ts-nocheck
import type { ValidateFunction } from 'ajv'
import { formats } from '../config/formats.ts'

const append = (errors, more) => {
  for (const error of more) errors.push(error)
  return errors
}

const add = (errors, error) => append(errors ?? [], [error])

${body}
export const validate: ValidateFunction = ${name}
`
}

// What only people and editors read; the validator would carry it along.
function stripAnnotations(node, isNames = false) {
  if (Array.isArray(node)) return node.map((item) => stripAnnotations(item))
  if (node === null || typeof node !== 'object') return node
  const kept = Object.entries(node).filter(([key]) => isNames || !ANNOTATIONS.has(key))
  const areNames = (key) => !isNames && (key === 'properties' || key === 'definitions')
  return Object.fromEntries(
    kept.map(([key, value]) => [key, stripAnnotations(value, areNames(key))]),
  )
}
