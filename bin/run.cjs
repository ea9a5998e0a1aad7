#!/usr/bin/env node
// Runs dist/netplan.cjs, or dist/netplan-cni.cjs where it is called by that name, and the files that they load, from what V8
// compiled of them in the first run of each command: compiling is half of a start. That is kept beside them, since who may
// write the ones may write the others, and it runs as it is, as a program does.
'use strict'

const fs = require('node:fs')
const path = require('node:path')

const root = path.dirname(__dirname)
const dist = path.join(root, 'dist')

/** Whether nobody but its owner, who is that of the program, can have written it, and that after the program. */
const isTrusted = (found, source) =>
  found.isFile() &&
  found.uid === source.uid &&
  (found.mode & 0o022) === 0 &&
  found.mtimeMs >= source.mtimeMs

/** The plugin that container runtimes call is another program. */
const isPlugin = path.basename(process.argv[1] ?? '') === 'netplan-cni'

const words = process.argv.slice(2)

const isHelp =
  !isPlugin && (words.length === 0 || words.some((word) => ['help', '--help', '-h'].includes(word)))

const [name = ''] = isPlugin ? [process.env.CNI_COMMAND] : words

/** The command that is run; none to help. What V8 compiles of the program is what it calls. */
const command = isHelp ? '' : name.replace(/[^a-zA-Z]/g, '')

/** What was compiled, if it is there, and for which commands: their names are the last line. */
const readCache = (cache, source) => {
  let file
  try {
    file = fs.openSync(cache, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW)
    if (!isTrusted(fs.fstatSync(file), source)) return undefined
    const content = fs.readFileSync(file)
    const end = content.lastIndexOf('\n')
    const commands = content
      .toString('latin1', end + 1)
      .split(' ')
      .filter(Boolean)
    return { data: content.subarray(0, Math.max(end, 0)), commands }
  } catch {
    return undefined // it is as good as none: the program is compiled
  } finally {
    if (file !== undefined) fs.closeSync(file)
  }
}

/** Seconds of CPU after which V8 has begun to forget what it compiled, and before, to think that all of it is called often. */
const late = 5
const soon = 1

/** What there is for some commands, with what this run has compiled beside it. */
const addTo = (known, script, served) => {
  const data = script.createCachedData()
  const { commands, data: before } = known ?? { commands: [], data: '' }
  const names = served && command !== '' ? [...commands, command] : commands
  return [data.length < before.length ? before : data, `\n${names.join(' ')}`]
}

/** Keeps what is compiled by the end of this run, if the program is ours, and the folder nobody else's. */
const keepCache = ({ script, cache, source, known }, served) => {
  const draft = `${cache}.${process.pid}`
  try {
    const folder = fs.statSync(dist)
    if (source.uid !== process.geteuid() || folder.uid !== source.uid || folder.mode & 0o022) return
    const [data, names] = addTo(known, script, served)
    fs.writeFileSync(draft, data, { mode: 0o644, flag: 'wx' })
    fs.appendFileSync(draft, names)
    fs.renameSync(draft, cache)
  } catch {
    fs.rmSync(draft, { force: true }) // the next start takes as long as this one
  }
}

/** What was compiled in this run, to be kept at its end. */
const compiled = []

/** Exit codes of a command that did what it does: 2 is a difference. */
const served = [0, 2]

const keepAll = (code) => {
  const { user, system } = process.cpuUsage()
  const seconds = (user + system) / 1e6
  const isServed = served.includes(code) && seconds < soon
  for (const one of compiled)
    if (isServed || (!one.known && seconds < late)) keepCache(one, isServed)
}

const keepLater = (one) => {
  if (compiled.push(one) === 1) process.once('exit', keepAll)
}

/** A file of dist, which is ASCII, and a function. */
const compile = (filename) => {
  const { Script } = require('node:vm')
  const cache = filename.replace(/\.cjs$/, '.cache')
  const source = fs.statSync(filename)
  const found = readCache(cache, source)
  const text = fs.readFileSync(filename, 'latin1')
  const script = new Script(text, { filename, cachedData: found?.data })
  const known = script.cachedDataRejected ? undefined : found
  const isNew = !known || (command !== '' && !known.commands.includes(command))
  if (isNew) keepLater({ script, cache, source, known })
  return script.runInThisContext()
}

/** A file of dist as `require` would have it, once. */
const load = (filename) => {
  const loaded = require.cache[filename]
  if (loaded) return loaded.exports
  const module = { id: filename, filename, exports: {}, children: [], loaded: false }
  // oclif requires a file once more, for its commands.
  require.cache[filename] = module
  const find = (name) => (name.startsWith('./') ? load(path.join(dist, name)) : require(name))
  const run = compile(filename)
  run(module.exports, Object.assign(find, require), module, filename, dist)
  module.loaded = true
  return module.exports
}

/** Commands that look at files alone, as src/commands/offline.ts has them. */
const offline = ['explain', 'render', 'schema', 'validate']

/** What a start takes of Node. What it has compiled of itself counts only as long as no flag of V8 is changed. */
const loadOfNode = () => {
  const ofFiles = isHelp ? [] : ['node:crypto', 'node:os']
  const ofNodes = isHelp || offline.includes(command) ? [] : ['node:child_process']
  for (const name of ['node:vm', ...ofFiles, ...ofNodes]) require(name)
  // Their getters load what they are made of. The plugin has no use for them.
  return isPlugin ? [] : [process.stdout, process.stderr]
}

/**
 * What runs often V8 compiles once more, with all care, on threads beside ours: of a run of a second that takes a third of all
 * its time, and is seldom done before the run is. So it waits fifteen times as long as it would, for a budget of bytecode.
 */
const compileLater = () => require('node:v8').setFlagsFromString('--interrupt-budget=1000000')

const start = () => {
  loadOfNode()
  compileLater()
  const program = isPlugin ? 'netplan-cni.cjs' : 'netplan.cjs'
  load(path.join(dist, program)).main(words, `${root}${path.sep}`)
}

/** As oclif has it. */
const tellVersion = () => {
  const { name, version } = require('../package.json')
  console.log(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}`)
}

if (!isPlugin && name === '--version') tellVersion()
else start()
