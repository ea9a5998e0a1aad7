// node bench/work/functions.js N: CPU time of what netplan does between reading and writing, of n objects.
// Prints {FUNCTION: MILLISECONDS}. Each runs once, in a process as young as that of a real run.
import { canonicalRule } from '../../build/src/iptables/canonical.js'
import { loadConfig } from '../../build/src/config/load.js'
import { expand } from '../../build/src/expand/index.js'
import { parseSave } from '../../build/src/iptables/save.js'
import { compareDescriptions } from '../../build/src/plan/compare.js'
import { makePlan } from '../../build/src/plan/plan.js'
import { kinds } from '../../build/src/resources/index.js'
import { linearRules } from '../linear.js'
import { makeServices, servicesConfig } from '../scenario.js'
import { podsConfig } from './pods-config.js'

// What is so large is a program's, and programs write JSON.
const load = async (config) => {
  const texts = [{ name: 'node.json', text: JSON.stringify(config) }]
  const result = await loadConfig({ files: ['node.json'], texts })
  if (!result.ok) throw new Error(result.diagnostics[0].message)
  return result.source
}

const describe = async (config) => {
  const source = await load(config)
  return expand(source.config, source.locate)
}

const succeed = (result) => {
  if (!result.ok) throw new Error(result.diagnostics[0].message)
}

/** Two descriptions that are the same: nothing but comparisons. */
const diff = (description) => () => succeed(compareDescriptions(kinds, description, description))

/** A node that has nothing: all is new, and has to be put in order. */
const order = ({ owner, resources }) => {
  const options = { owner: { ...owner, records: new Map() }, adopt: false }
  return () => succeed(makePlan(kinds, resources, [], options))
}

const rule = (index) =>
  `-s 10.1.${index >> 8}.${index & 255} -p tcp --dport http -m comment --comment pod${index} -j ACCEPT`

const canonical = (rules) => () => {
  for (const text of rules) if (!canonicalRule(text, 'inet').ok) throw new Error(text)
}

const n = Number(process.argv[2])
const pods = await describe(podsConfig(n))
const services = await load(servicesConfig(makeServices(n)))
const chains = () => expand(services.config, services.locate)
const save = linearRules(makeServices(n))

const FUNCTIONS = {
  'diff P(n)': diff(pods),
  'diff S(n)': diff(chains()),
  'order P(n)': order(pods),
  'chains of S(n)': chains,
  'canonical text of n rules': canonical(Array.from({ length: n }, (_, index) => rule(index))),
  'iptables-save of S(n), parsed': () => parseSave(save),
}

const milliseconds = (work) => {
  // What was before is to be collected at its own expense.
  globalThis.gc()
  const start = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}

const costs = Object.entries(FUNCTIONS).map(([name, work]) => [name, milliseconds(work)])
console.log(JSON.stringify(Object.fromEntries(costs)))
