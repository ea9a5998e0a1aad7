import { familyOf } from '../../net/addresses.ts'
import { nameFamily } from '../checks/prefixes.ts'
import type { Problem } from '../checks/topology.ts'
import type { Pod, WrittenConfig } from '../config.ts'
import type { Path } from '../located.ts'
import { suggest } from '../words.ts'
import { clusterIPsOf, serviceCIDRsOf } from './allocate.ts'
import type { Fleet } from './fleet.ts'
import { givenAddresses, isAuto } from './pods.ts'
import { familiesOf } from './services.ts'

/** Endpoints say what they are in one way, and so that every node knows their address. */
export const checkEndpoints = (
  config: WrittenConfig,
  fleet: Fleet | undefined,
): readonly Problem[] => {
  const { services = {}, pods = {}, cluster } = config
  const nodes = cluster?.nodes && Object.keys(cluster.nodes)
  const detailed = Object.entries(services).filter(([, { endpoints = [] }]) =>
    endpoints.some((endpoint) => typeof endpoint !== 'string'),
  )
  return detailed.flatMap(([service, entry]) =>
    (entry.endpoints ?? []).flatMap((endpoint, index): readonly Problem[] => {
      if (typeof endpoint === 'string') return []
      const path = ['services', service, 'endpoints', index]
      const { address, pod, node } = endpoint
      if ((address === undefined) === (pod === undefined)) {
        const message =
          address === undefined
            ? 'an endpoint needs "address" or "pod"'
            : 'an endpoint has "address" or "pod", not both'
        return [{ code: 'value', message, path: address === undefined ? path : [...path, 'pod'] }]
      }
      if (pod !== undefined) {
        const wrong = checkPodEndpoint(pods, { pod, node, path })
        return wrong.length > 0 ? wrong : checkFamily(config, fleet, { service, pod, path })
      }
      if (node === undefined || !nodes || nodes.includes(node)) return []
      const message = `the cluster has no node ${JSON.stringify(node)}`
      return [{ code: 'reference', message, path: [...path, 'node'], hint: suggest(node, nodes) }]
    }),
  )
}

/** A pod none of whose addresses the service can lead to. */
const checkFamily = (
  config: WrittenConfig,
  fleet: Fleet | undefined,
  {
    service,
    pod: name,
    path,
  }: { readonly service: string; readonly pod: string; readonly path: Path },
): readonly Problem[] => {
  const pod = config.pods?.[name]
  const entry = config.services?.[service]
  if (!pod || !entry) return []
  const families = familiesOf(entry, clusterIPsOf(service, entry, serviceCIDRsOf(config)))
  const given = givenAddresses(pod)
  const own = (given.length > 0 ? given : (fleet?.podCIDRs ?? [])).map(familyOf)
  const [first] = own
  if (!first || families.length === 0 || own.some((one) => families.includes(one))) return []
  const family = nameFamily(first)
  const message = `pod ${name} is ${family}, and service ${service} has no address of that family`
  const hint = `give it a cluster IP of ${family} too`
  return [{ code: 'value', message, path: [...path, 'pod'], hint }]
}

const checkPodEndpoint = (
  pods: Readonly<Record<string, Pod>>,
  {
    pod: name,
    node,
    path,
  }: { readonly pod: string; readonly node: string | undefined; readonly path: Path },
): readonly Problem[] => {
  const pod = Object.hasOwn(pods, name) ? pods[name] : undefined
  if (!pod) {
    const hint = suggest(name, Object.keys(pods)) ?? 'pods of others are written by their address'
    return [
      {
        code: 'reference',
        message: `there is no pod ${JSON.stringify(name)}`,
        path: [...path, 'pod'],
        hint,
      },
    ]
  }
  if (node !== undefined) {
    const message = `the node of pod ${name} stands at the pod`
    return [
      { code: 'value', message, path: [...path, 'node'], part: 'key', related: ['pods', name] },
    ]
  }
  if (!isAuto(pod) || pod.node === undefined) return []
  return [
    {
      code: 'value',
      message: `node ${pod.node} finds an address for pod ${name} by itself, and no other node knows it`,
      path: [...path, 'pod'],
      hint: 'give the pod an address',
      related: ['pods', name],
    },
  ]
}
