// Bundles src/main.ts and the packages it uses into a few files, of which dist/netplan.cjs loads those that a command
// takes: loading the hundreds of small modules that oclif alone consists of costs more than anything the program does.
// And src/probe.ts, the program that checks are made by, into dist/probe.cjs.

import { spawnSync } from 'node:child_process'
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build, transform } from 'esbuild'
import { lateRequires, loadLate } from './late-requires.js'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))

await rm('dist', { recursive: true, force: true })
await mkdir('dist')

const options = {
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  target: 'node20',
  // oclif looks for a compiler to run commands from source with: ten times the size of all the rest.
  external: ['typescript'],
  // What a CommonJS file has instead.
  define: { 'import.meta.filename': '__filename', 'import.meta.dirname': '__dirname' },
  legalComments: 'none', // in dist/licenses.txt, with those of the packages that carry no such comment
  logLevel: 'warning',
  metafile: true,
}

const bundle = (entry, more) =>
  build({ ...options, entryPoints: entry, ...more }).catch(() => process.exit(1)) // esbuild has said why

// esbuild splits ES modules only, and a CommonJS file starts sooner.
const { metafile, outputFiles } = await bundle(
  { netplan: 'src/main.ts' },
  {
    format: 'esm',
    splitting: true,
    chunkNames: '[name]-[hash]',
    plugins: [lateRequires(/node_modules\/@oclif\/core\/lib\/.*\.js$/)],
    write: false,
  },
)
await bundle({ probe: 'src/probe.ts' }, { format: 'cjs' })
// One file, which `netplan cni install` puts where runtimes look for it.
const plugin = await bundle({ 'netplan-cni': 'src/cni/main.ts' }, { format: 'esm', write: false })

// Pure ASCII takes half the memory, and no decoding. esbuild escapes what may be escaped: all but regular expressions, which
// may, and raw templates, which may not, and have to do without.
const toAscii = (text) => {
  const escaped = text.replaceAll(
    /[\x80-\x9f]/g,
    (control) => `\\x${control.charCodeAt(0).toString(16)}`,
  )
  const [rest] = /.{0,30}[^\0-\x7f]/.exec(escaped) ?? []
  if (rest !== undefined) throw new Error(`no ASCII in the program: ${rest}`)
  return escaped
}

// Names stay, and lines are short, for a report of a bug has to be read by somebody.
const shorten = {
  minifyWhitespace: true,
  lineLimit: 120,
  minifySyntax: true,
  target: 'node20',
  platform: 'node',
}

// What esbuild would leave to Node, our own loader does.
const commonJs = {
  format: 'cjs',
  target: 'node20',
  platform: 'node',
  supported: { 'dynamic-import': false },
}

// What Node would put around a module: bin/run.cjs takes a file as it is, for a copy of it costs memory.
const wrap = (code) => `(function (exports, require, module, __filename, __dirname) {${code}})`

for (const { path, text } of [...outputFiles, ...plugin.outputFiles]) {
  const common = await transform(text, commonJs)
  const { code } = await transform(loadLate(common.code), shorten)
  await writeFile(path, toAscii(wrap(code)))
}

const packages = new Set()
for (const input of Object.keys({ ...metafile.inputs, ...plugin.metafile.inputs })) {
  const folder = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0]
  if (folder) packages.add(folder)
}

const licenceOf = async (folder) => {
  const { name, version, license } = JSON.parse(await readFile(`${folder}/package.json`, 'utf8'))
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e(?:[.-]|$)/i.test(entry))
  const text = file ? (await readFile(`${folder}/${file}`, 'utf8')).trim() : `License: ${license}`
  return `${name} ${version}\n\n${text}\n`
}

const licences = await Promise.all([...packages].sort().map(licenceOf))
await writeFile('dist/licenses.txt', licences.join(`\n${'-'.repeat(80)}\n\n`))

// In an environment that says nothing of who reads.
const run = (...argv) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, {
    encoding: 'utf8',
    env: {},
  })
  if (status === 0) return stdout
  console.error(stderr)
  process.exit(1)
}

// What V8 compiles is kept by bin/run.cjs.
run('scripts/sample.cjs')

// What src/commands/ready-help.ts prints. The version is that of the Node which runs, then.
const netplan = (...args) => run('bin/run.cjs', ...args)
const help = netplan('--help')
const names = [...help.matchAll(/^ {2}([a-z-]+) {2,}/gm)].map(([, name]) => name)
const texts = Object.fromEntries(names.map((name) => [name, netplan(name, '--help')]))
texts[''] = help.replace(netplan('--version').trim(), '{version}')
await writeFile('dist/help.json', JSON.stringify(texts))
