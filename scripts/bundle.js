// Bundles src/main.ts and the packages it uses into one file, dist/netplan.cjs: loading the hundreds
// of small modules that oclif alone consists of costs more than anything the program does. And src/probe.ts,
// the program that checks are made by, into dist/probe.cjs.

import { spawnSync } from 'node:child_process'
import { readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build, transform } from 'esbuild'
import { lateRequires, loadLate } from './late-requires.js'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))

const { metafile } = await build({
  entryPoints: { netplan: 'src/main.ts', probe: 'src/probe.ts' },
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs', // an ES module would be slower, and oclif is CommonJS all through
  plugins: [lateRequires(/node_modules\/@oclif\/core\/lib\/.*\.js$/)],
  // Its CommonJS is of the kind (UMD) that no bundler can follow.
  alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
  // oclif looks for a compiler to run commands from source with: ten times the size of all the rest.
  external: ['typescript'],
  // What a CommonJS file has instead.
  define: { 'import.meta.filename': '__filename', 'import.meta.dirname': '__dirname' },
  legalComments: 'none', // in dist/licenses.txt, with those of the packages that carry no such comment
  logLevel: 'warning',
  metafile: true,
}).catch(() => process.exit(1)) // esbuild has said why

// Names stay, for they are what a report of a bug can be read by. Pure ASCII takes half the memory, and no decoding.
const escape = (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
const shorten = { minifyWhitespace: true, minifySyntax: true, target: 'node20', platform: 'node' }
const whole = await readFile('dist/netplan.cjs', 'utf8')
const { code } = await transform(loadLate(whole), shorten)
await writeFile('dist/netplan.cjs', code.replaceAll(/[^\0-\x7f]/g, escape))

const packages = new Set()
for (const input of Object.keys(metafile.inputs)) {
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

// What V8 compiles of it is kept by bin/run.cjs: of a run that takes much of it.
await rm('dist/netplan.cache', { force: true })
const sample = 'examples/flannel-vxlan/fleet.yaml'
const argv = ['bin/run.cjs', 'plan', '--fleet', '-f', sample, '--against', sample]
const { status, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' })
if (status !== 0) {
  console.error(stderr)
  process.exit(1)
}
