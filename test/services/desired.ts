import { loadConfig } from '../../src/config/load.ts'
import { expand } from '../../src/expand/index.ts'
import { contains, familyOf } from '../../src/net/addresses.ts'
import type { Family } from '../../src/net/addresses.ts'
import { rulesOf } from '../../src/resources/chain.ts'
import type { Chain } from '../../src/resources/chain.ts'
import type { Jump } from '../../src/resources/jump.ts'
import type { Resource } from '../../src/resources/kind.ts'
import type { Route } from '../../src/resources/route/route.ts'
import { loadRules } from '../trace/rules.ts'
import type { Rules } from '../trace/rules.ts'
import { createWorld } from '../trace/world.ts'
import type { World } from '../trace/world.ts'

const builtIn = {
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
}

/** What a file asks for; throws with its errors. */
export const resourcesOf = async (yaml: string, nodeName: string): Promise<readonly Resource[]> => {
  const result = await loadConfig({ files: ['-'], readStdin: () => Promise.resolve(yaml) })
  if (!result.ok)
    throw new Error(`${result.diagnostics.map(({ message }) => message).join('\n')}\n${yaml}`)
  return expand(result.source.config, result.source.locate, nodeName).resources
}

export const chainsOf = (resources: readonly Resource[], family: Family): readonly Chain[] =>
  resources
    .filter(({ kind }) => kind === 'chain')
    .flatMap((one) => one as Chain)
    .filter((one) => one.family === family)

const jumpsOf = (resources: readonly Resource[], family: Family): readonly Jump[] =>
  resources
    .filter(({ kind }) => kind === 'jump')
    .flatMap((one) => one as Jump)
    .filter((one) => one.family === family)

/** Chains and jumps as iptables-save would print them of a node that has nothing else. */
export const toSave = (resources: readonly Resource[], family: Family): string =>
  Object.entries(builtIn)
    .map(([table, names]) => {
      const chains = chainsOf(resources, family).filter((one) => one.table === table)
      const jumps = jumpsOf(resources, family).filter((one) => one.table === table)
      const rules = [...jumps, ...chains].flatMap((one) =>
        rulesOf(one).map((rule) => `-A ${one.chain} ${rule}\n`),
      )
      const declared = [
        ...names.map((name) => `:${name} ACCEPT [0:0]\n`),
        ...chains.map(({ chain }) => `:${chain} - [0:0]\n`),
      ]
      return `*${table}\n${declared.join('')}${rules.join('')}COMMIT\n`
    })
    .join('')

/** Addresses of the node of the flows; the last one is a load balancer's. */
export const nodeAddresses: Readonly<Record<Family, readonly string[]>> = {
  inet: ['192.168.77.1', '10.244.0.1', '10.0.0.1', '127.0.0.1', '198.51.100.77'],
  inet6: ['fd00:77::1', 'fd00:244::1', 'fd00:10::1', '::1', '2001:db8:1::77'],
}

/** Where the node sends what is for others, by their prefixes. */
const wires = [
  { prefix: '10.244.0.0/24', out: 'br0', source: '10.244.0.1' },
  { prefix: '10.0.0.0/8', out: 'eth1', source: '10.0.0.1' },
  { prefix: '0.0.0.0/0', out: 'eth0', source: '192.168.77.1' },
  { prefix: 'fd00:244::/64', out: 'br0', source: 'fd00:244::1' },
  { prefix: 'fd00:244:0:1::/64', out: 'eth1', source: 'fd00:10::1' },
  { prefix: 'fd00:10::/64', out: 'eth1', source: 'fd00:10::1' },
  { prefix: '::/0', out: 'eth0', source: 'fd00:77::1' },
]

/** The node, with the routes to services that the file asks for. IPv6 ones make their targets local. */
const worldOf = (resources: readonly Resource[], more: Partial<World> = {}): World => {
  const routes = resources
    .filter(({ kind }) => kind === 'route')
    .map((one) => one as Route)
    .filter(({ attributes }) => attributes['device'] === 'lo')
  const own = [...nodeAddresses.inet, ...nodeAddresses.inet6]
  const served = (address: string): Route | undefined =>
    routes.find(({ to, family }) => family === familyOf(address) && contains(to, address))
  const isLocal = (address: string): boolean =>
    own.includes(address) || served(address)?.attributes['type'] === 'local'
  return createWorld({
    isLocal,
    now: () => 0,
    random: () => 0.5,
    route: (destination) => {
      if (isLocal(destination)) return { out: 'lo', local: true, source: destination }
      if (served(destination)) return { out: 'lo', local: false, source: '192.168.77.1' }
      const wire = wires.find(
        ({ prefix }) => familyOf(prefix) === familyOf(destination) && contains(prefix, destination),
      )
      return wire && { ...wire, local: false }
    },
    ...more,
  })
}

/** The rules of both families and the node that has them. */
export interface Stand {
  readonly rules: Readonly<Record<Family, Rules>>
  readonly world: World
}

export const standOf = (resources: readonly Resource[], more?: Partial<World>): Stand => ({
  rules: {
    inet: loadRules(toSave(resources, 'inet'), 'inet'),
    inet6: loadRules(toSave(resources, 'inet6'), 'inet6'),
  },
  world: worldOf(resources, more),
})
