#!/usr/bin/env node
// Runs dist/netplan.cjs, and the files that it loads, from what V8 compiled of them the last time: compiling is half of a
// start. That is kept beside them, since who may write the ones may write the others, and it runs as it is, as a program does.
'use strict'

const fs = require('node:fs')
const Module = require('node:module')
const path = require('node:path')
const v8 = require('node:v8')
const vm = require('node:vm')

const root = path.dirname(__dirname)
const dist = path.join(root, 'dist')

/** Whether nobody but its owner, who is that of the program, can have written it, and that after the program. */
const isTrusted = (found, source) =>
  found.isFile() &&
  found.uid === source.uid &&
  (found.mode & 0o022) === 0 &&
  found.mtimeMs >= source.mtimeMs

/** What was compiled, if it is there. */
const readCache = (cache, source) => {
  let file
  try {
    file = fs.openSync(cache, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW)
    return isTrusted(fs.fstatSync(file), source) ? fs.readFileSync(file) : undefined
  } catch {
    return undefined // it is as good as none: the program is compiled
  } finally {
    if (file !== undefined) fs.closeSync(file)
  }
}

/** Seconds of a run after which V8 has begun to forget what it compiled. */
const soon = 5

/** Keeps what is compiled by the end of this run, if the program is ours, and the folder nobody else's. */
const keepCache = (script, cache, source) => {
  if (process.uptime() > soon) return
  const draft = `${cache}.${process.pid}`
  try {
    const folder = fs.statSync(dist)
    if (source.uid !== process.geteuid() || folder.uid !== source.uid || folder.mode & 0o022) return
    fs.writeFileSync(draft, script.createCachedData(), { mode: 0o644, flag: 'wx' })
    fs.renameSync(draft, cache)
  } catch {
    fs.rmSync(draft, { force: true }) // the next start takes as long as this one
  }
}

/** What was compiled in this run, to be kept at its end. */
const compiled = []

const keepLater = (...made) => {
  compiled.push(made)
  if (compiled.length > 1) return
  process.once('exit', () => {
    for (const [script, cache, source] of compiled) keepCache(script, cache, source)
  })
}

/** A file of dist, which is ASCII, as a function. */
const compile = (filename) => {
  const cache = filename.replace(/\.cjs$/, '.cache')
  const source = fs.statSync(filename)
  const cachedData = readCache(cache, source)
  const text = Module.wrap(fs.readFileSync(filename, 'latin1'))
  const script = new vm.Script(text, { filename, cachedData })
  if (cachedData === undefined || script.cachedDataRejected) keepLater(script, cache, source)
  return script.runInThisContext()
}

/** A file of dist as `require` would have it, once. */
const load = (filename) => {
  const loaded = require.cache[filename]
  if (loaded) return loaded.exports
  const module = new Module(filename, null)
  module.filename = filename
  // oclif requires a file once more, for its commands.
  require.cache[filename] = module
  const fromElsewhere = Module.createRequire(filename)
  const find = (name) => (name.startsWith('./') ? load(path.join(dist, name)) : fromElsewhere(name))
  const run = compile(filename)
  run(module.exports, Object.assign(find, fromElsewhere), module, filename, dist)
  module.loaded = true
  return module.exports
}

/** What commands take of Node. What it has compiled of itself counts only as long as no flag of V8 is changed. */
const loadOfNode = () => {
  for (const name of ['node:child_process', 'node:crypto', 'node:fs/promises']) require(name)
}

/**
 * What runs often V8 compiles once more, with all care, on threads beside ours: of a run of a second that takes a third of all
 * its time, and is seldom done before the run is. So it waits fifteen times as long as it would, for a budget of bytecode.
 */
const compileLater = () => v8.setFlagsFromString('--interrupt-budget=1000000')

const asksForHelp = (words) =>
  words.length === 0 || words.some((word) => ['help', '--help', '-h'].includes(word))

const start = (words) => {
  if (!asksForHelp(words)) loadOfNode()
  compileLater()
  load(path.join(dist, 'netplan.cjs')).main(words, `${root}${path.sep}`)
}

/** As oclif has it. */
const tellVersion = () => {
  const { name, version } = require('../package.json')
  console.log(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}`)
}

if (process.argv[2] === '--version') tellVersion()
else start(process.argv.slice(2))
