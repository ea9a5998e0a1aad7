import { familyOf, isPrefix, networkOf } from '../../net/addresses.ts'
import type { Service, ServicePort } from '../../config/config.ts'
import { targetsOf } from './endpoints.ts'
import type { Choice, Targets } from './endpoints.ts'
import { facesOf, familiesOf } from './faces.ts'
import type { Claims, Faces } from './faces.ts'
import type { PortFacts, ServiceFacts } from './service-facts.ts'
import type { SliceFacts } from './slices.ts'

/** What it takes to write a service. */
export interface Scene extends Pick<Choice, 'isNode' | 'isTaken'> {
  readonly claims: Claims
  warn(message: string): void
}

/** A port, and where it leads to. */
interface Way {
  readonly port: PortFacts
  readonly targets: Targets
}

/** The longest name that the schema takes. */
const longest = 128

const writePort = ({ port, targets }: Way): ServicePort => ({
  ...(port.name === '' ? {} : { name: port.name }),
  protocol: port.protocol,
  port: port.port,
  ...(targets.targetPort === undefined ? {} : { targetPort: targets.targetPort }),
  ...(port.nodePort === undefined ? {} : { nodePort: port.nodePort }),
})

const list = <K extends string>(
  key: K,
  values: readonly string[],
): Readonly<Partial<Record<K, readonly string[]>>> =>
  (values.length === 0 ? {} : { [key]: values }) as Partial<Record<K, readonly string[]>>

const rangesOf = (
  { loadBalancerSourceRanges: ranges }: ServiceFacts,
  { loadBalancerIPs }: Faces,
): readonly string[] => {
  const families = familiesOf(loadBalancerIPs)
  const own = ranges.map((range) => range.trim()).filter(isPrefix)
  return [...new Set(own.filter((range) => families.has(familyOf(range))).map(networkOf))]
}

const writeRanges = (
  service: ServiceFacts,
  faces: Faces,
): Pick<Service, 'loadBalancerSourceRanges'> =>
  list('loadBalancerSourceRanges', rangesOf(service, faces))

const policiesOf = (
  { isExternalLocal, isInternalLocal, affinity }: ServiceFacts,
  { externalIPs, loadBalancerIPs }: Faces,
  ways: readonly Way[],
): Partial<Service> => {
  const isOpen =
    externalIPs.length + loadBalancerIPs.length > 0 ||
    ways.some(({ port }) => port.nodePort !== undefined)
  return {
    ...(affinity === undefined ? {} : { sessionAffinity: { timeoutSeconds: affinity } }),
    ...(isExternalLocal && isOpen ? { externalTrafficPolicy: 'Local' } : {}),
    ...(isInternalLocal ? { internalTrafficPolicy: 'Local' } : {}),
  }
}

/** Ports that lead to the same endpoints are one service of ours; where a pod has only some of them, there are several. */
const groupWays = (ways: readonly Way[]): readonly (readonly Way[])[] => {
  const groups = new Map<string, Way[]>()
  for (const way of ways) {
    const key = ways.length === 1 ? '' : JSON.stringify(way.targets.endpoints)
    const group = groups.get(key)
    if (group) group.push(way)
    else groups.set(key, [way])
  }
  return [...groups.values()]
}

const tell = (name: string, { unsaid }: ServiceFacts, ways: readonly Way[], scene: Scene): void => {
  for (const what of unsaid) scene.warn(`service ${name} ${what}`)
  for (const { port, targets } of ways)
    if (targets.others > 0)
      scene.warn(
        `service ${name} has port ${port.name || String(port.port)} at several ports of its endpoints: those are left out that have it at another than ${String(targets.targetPort)}, as most have`,
      )
}

const named = (
  name: string,
  groups: readonly (readonly Way[])[],
): readonly (readonly [string, readonly Way[]])[] =>
  groups.map((ways) => [groups.length === 1 ? name : `${name}/${ways[0]?.port.name ?? ''}`, ways])

/** A service as ours: one, or one for each set of endpoints, by their names. */
export const writeService = (
  name: string,
  service: ServiceFacts,
  slices: readonly SliceFacts[],
  scene: Scene,
): readonly (readonly [string, Service])[] => {
  const faces = facesOf(name, service, scene.claims, scene.warn)
  const choice: Choice = { ...scene, families: familiesOf(faces.clusterIPs) }
  const ways = service.ports.map((port) => ({ port, targets: targetsOf(port, slices, choice) }))
  tell(name, service, ways, scene)
  return named(name, groupWays(ways)).flatMap(([key, own]) => {
    if (key.length > longest) {
      scene.warn(`service ${key} is left out: its name is longer than ${String(longest)} letters`)
      return []
    }
    const written: Service = {
      clusterIPs: faces.clusterIPs,
      ports: own.map(writePort),
      ...list('externalIPs', faces.externalIPs),
      ...list('loadBalancerIPs', faces.loadBalancerIPs),
      ...writeRanges(service, faces),
      ...policiesOf(service, faces, own),
      endpoints: own[0]?.targets.endpoints ?? [],
    }
    return [[key, written] as const]
  })
}
