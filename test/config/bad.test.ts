import test from 'ava'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatDiagnostics } from '../../src/config/frame.ts'
import { loadConfig } from '../../src/config/load.ts'

// One folder a case: netplan.yaml or several files, perhaps options.json, and expected.txt, which is
// all that is said about them. UPDATE=1 writes expected.txt anew: read the difference.
const root = join(process.cwd(), 'test/config/bad')
const isUpdate = process.env['UPDATE'] === '1'

interface Options {
  readonly files?: readonly string[]
  readonly vars?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  /** Which node of a cluster this is: by --node, by its host name, or by its addresses. */
  readonly given?: string
  readonly hostname?: string
  readonly addresses?: readonly string[]
  /** The case is of warnings: the configuration is valid. */
  readonly isValid?: boolean
}

const readText = (path: string): string | undefined =>
  existsSync(path) ? readFileSync(path, 'utf8') : undefined

const listInputs = (folder: string): readonly string[] =>
  readdirSync(folder).filter(
    (name) => /^[^.].*\.(yaml|yml|json)$/.test(name) && name !== 'options.json',
  )

for (const name of readdirSync(root)) {
  test(name, async (t) => {
    const cwd = join(root, name)
    const options = JSON.parse(readText(join(cwd, 'options.json')) ?? '{}') as Options
    const { files = listInputs(cwd), vars = {}, env = {}, isValid = false, ...self } = options
    const { given, hostname = 'here', addresses = [] } = self
    const machine = { given, hostname, addresses: () => Promise.resolve(addresses) }
    const result = await loadConfig({ files, vars, env, cwd, machine })
    const [diagnostics, text] = result.ok
      ? [result.warnings, result.source.text]
      : [result.diagnostics, result.text]
    const actual = `${formatDiagnostics(diagnostics, text)}\n`
    if (isUpdate) writeFileSync(join(cwd, 'expected.txt'), actual)
    t.is(actual, readText(join(cwd, 'expected.txt')) ?? '')
    t.is(result.ok, isValid)
    t.true(diagnostics.length > 0)
  })
}
