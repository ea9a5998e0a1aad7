// Runs commands one after the other in one process, so that bin/run.cjs keeps what V8 compiled for any of them. The first line
// is none of a command, so that each adds what it takes on a node when it is first run there.
'use strict'

const { readdirSync } = require('node:fs')
const path = require('node:path')
const { setImmediate } = require('node:timers')
const v8 = require('node:v8')

// What V8 keeps says which functions were called often enough for its baseline compiler, and a start would compile them by it
// as soon as it calls them. So many runs in one process call most that often.
v8.setFlagsFromString('--no-sparkplug')
process.on('exit', () => v8.setFlagsFromString('--sparkplug'))

const root = path.dirname(__dirname)
const files = readdirSync(path.join(root, 'examples'), { recursive: true })
  .filter((name) => /^[^/]+\/(?:fleet|node-\d+)\.yaml$/.test(name))
  .map((name) => path.join(root, 'examples', name))
const fleet = path.join(root, 'examples/own-kubernetes-services/fleet.yaml')

const runs = [
  ...files.map((file) => ['validate', '-f', file]),
  ['plan', '--fleet', '-f', fleet, '--against', fleet],
]

process.argv.splice(2, Infinity, '--help')
process.stderr.setMaxListeners(0) // each run adds one
require('../bin/run.cjs')
process.on('beforeExit', () => {
  const { main } = require.cache[path.join(root, 'dist/netplan.cjs')].exports
  const argv = process.exitCode ? undefined : runs.shift()
  if (argv) setImmediate(main, argv, `${root}${path.sep}`)
})
