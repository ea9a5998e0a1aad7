import { familyOf } from '../../net/addresses.ts'
import { checkHostBits, nameFamily, overlap } from '../checks/prefixes.ts'
import { findTwins, type Problem } from '../checks/topology.ts'
import type { WrittenConfig } from '../config.ts'
import { listOf } from './fleet.ts'
import { spotsOf, type Spot } from './spots.ts'

export const poolPath = ['cluster', 'podCIDR']

/** Of one family there is one. */
export const checkFamilies = (spots: readonly Spot[], what: string): readonly Problem[] =>
  findTwins(spots, ({ text }) => familyOf(text)).map(([{ text, path }, first]) => ({
    code: 'value',
    message: `two ${what} of ${nameFamily(familyOf(text))}`,
    path,
    hint: 'one of each family',
    related: first.path,
  }))

/** What is there twice is looked at once. */
const firstOfEach = (spots: readonly Spot[]): readonly Spot[] =>
  spots.filter(({ text }, index) => spots.findIndex((one) => one.text === text) === index)

const checkApart = (
  spots: readonly Spot[],
  what: string,
  pools: readonly Spot[],
): readonly Problem[] =>
  spots.flatMap(({ text, path }): readonly Problem[] => {
    const pool = pools.find((one) => overlap(one.text, text))
    if (!pool) return []
    const message = `${text} of the ${what} and ${pool.text} of the pods overlap`
    return [{ code: 'value', message, path, related: pool.path }]
  })

/** An address is in one subnet. */
const checkSubnets = (subnets: readonly Spot[]): readonly Problem[] =>
  subnets.flatMap(({ text, path }, index): readonly Problem[] => {
    const first = subnets.slice(0, index).find((one) => overlap(one.text, text))
    if (!first) return []
    const message =
      first.text === text
        ? `${text} is there twice`
        : `the subnets ${first.text} and ${text} overlap`
    return [{ code: 'duplicate', message, path, related: first.path }]
  })

/** The networks of pods, of services and of nodes. */
export const checkPools = ({ cluster }: WrittenConfig): readonly Problem[] => {
  const pools = spotsOf(cluster?.podCIDR, poolPath)
  const services = spotsOf(cluster?.serviceCIDR, ['cluster', 'serviceCIDR'])
  const subnets = spotsOf(cluster?.nodeCIDR, ['cluster', 'nodeCIDR'])
  const reserved = spotsOf(cluster?.reserved, ['cluster', 'reserved'])
  const all = [...pools, ...services, ...subnets, ...reserved]
  const broken = all.flatMap(({ text, path }) => checkHostBits(text, path))
  if (broken.length > 0) return broken
  return [
    ...checkFamilies(pools, 'networks of pods'),
    ...checkFamilies(services, 'networks of services'),
    ...checkApart(services, 'services', pools),
    ...checkApart(firstOfEach(subnets), 'nodes', pools),
    ...checkSubnets(subnets),
    ...reserved
      .filter(({ text }) => !pools.some((pool) => overlap(pool.text, text)))
      .map(({ text, path }): Problem => ({
        severity: 'warning',
        code: 'lint',
        message: `no pod would get an address in ${text}: it is outside of ${listOf(cluster?.podCIDR).join(' and ')}`,
        path,
        related: poolPath,
      })),
  ]
}
