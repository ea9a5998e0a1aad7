#!/usr/bin/env node
// Runs dist/netplan.cjs from what V8 compiled of it the last time: compiling it is half of a start. That is kept beside
// the bundle, since who may write the one may write the other, and it runs as it is, as a program does.
'use strict'

const fs = require('node:fs')
const Module = require('node:module')
const path = require('node:path')
const vm = require('node:vm')

const root = path.dirname(__dirname)
const bundle = path.join(root, 'dist', 'netplan.cjs')
const cache = path.join(root, 'dist', 'netplan.cache')

/** Whether nobody but its owner, who is that of the bundle, can have written it, and that after the bundle. */
const isTrusted = (found, source) =>
  found.isFile() &&
  found.uid === source.uid &&
  (found.mode & 0o022) === 0 &&
  found.mtimeMs >= source.mtimeMs

/** What was compiled, if it is there. */
const readCache = (source) => {
  let file
  try {
    file = fs.openSync(cache, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW)
    return isTrusted(fs.fstatSync(file), source) ? fs.readFileSync(file) : undefined
  } catch {
    return undefined // it is as good as none: the bundle is compiled
  } finally {
    if (file !== undefined) fs.closeSync(file)
  }
}

/** Seconds of a run after which V8 has begun to forget what it compiled. */
const soon = 5

/** Keeps what is compiled by the end of this run, if the bundle is ours, and the folder nobody else's. */
const keepCache = (script, source) => {
  if (process.uptime() > soon) return
  const draft = `${cache}.${process.pid}`
  try {
    const folder = fs.statSync(path.dirname(bundle))
    if (source.uid !== process.geteuid() || folder.uid !== source.uid || folder.mode & 0o022) return
    fs.writeFileSync(draft, script.createCachedData(), { mode: 0o644, flag: 'wx' })
    fs.renameSync(draft, cache)
  } catch {
    fs.rmSync(draft, { force: true }) // the next start takes as long as this one
  }
}

/** The bundle as `require` would have it; it is ASCII. */
const load = () => {
  const source = fs.statSync(bundle)
  const cachedData = readCache(source)
  const text = Module.wrap(fs.readFileSync(bundle, 'latin1'))
  const importModuleDynamically = vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER
  const script = new vm.Script(text, { filename: bundle, cachedData, importModuleDynamically })
  if (cachedData === undefined || script.cachedDataRejected)
    process.once('exit', () => keepCache(script, source))
  const module = new Module(bundle, null)
  module.filename = bundle
  // oclif requires the file once more, for its commands.
  require.cache[bundle] = module
  const run = script.runInThisContext()
  run(module.exports, Module.createRequire(bundle), module, bundle, path.dirname(bundle))
  module.loaded = true
  return module.exports
}

/** As oclif has it. */
const tellVersion = () => {
  const { name, version } = require('../package.json')
  console.log(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}`)
}

if (process.argv[2] === '--version') tellVersion()
else load().main(process.argv.slice(2), `${root}${path.sep}`)
