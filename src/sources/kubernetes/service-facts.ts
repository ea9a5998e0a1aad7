import type { ApiObject, Resource } from './resource.ts'

interface ApiPort {
  readonly name?: string
  readonly protocol?: string
  readonly port: number
  readonly targetPort?: number | string
  readonly nodePort?: number
}

interface Service extends ApiObject {
  readonly spec: {
    readonly type?: string
    readonly clusterIP?: string
    readonly clusterIPs?: readonly string[]
    readonly ports?: readonly ApiPort[]
    readonly externalIPs?: readonly string[]
    readonly loadBalancerSourceRanges?: readonly string[]
    readonly sessionAffinity?: string
    readonly sessionAffinityConfig?: { readonly clientIP?: { readonly timeoutSeconds?: number } }
    readonly externalTrafficPolicy?: string
    readonly internalTrafficPolicy?: string
    readonly healthCheckNodePort?: number
    readonly trafficDistribution?: string
  }
  readonly status?: {
    readonly loadBalancer?: {
      readonly ingress?: readonly { readonly ip?: string; readonly ipMode?: string }[]
    }
  }
}

/** A port of a service. */
export interface PortFacts {
  /** Empty: it is the only one. */
  readonly name: string
  readonly protocol: 'tcp' | 'udp' | 'sctp'
  readonly port: number
  /** Where it is a number: a name is one in each pod, and stands in the slices. */
  readonly targetPort: number | undefined
  readonly nodePort: number | undefined
}

/** What is kept of a Service. */
export interface ServiceFacts {
  readonly clusterIPs: readonly string[]
  readonly ports: readonly PortFacts[]
  readonly externalIPs: readonly string[]
  readonly loadBalancerIPs: readonly string[]
  readonly loadBalancerSourceRanges: readonly string[]
  /** Seconds; undefined: there is no affinity. */
  readonly affinity: number | undefined
  readonly isExternalLocal: boolean
  readonly isInternalLocal: boolean
  /** What is asked for and cannot be said here, as sentences without a subject. */
  readonly unsaid: readonly string[]
}

const projectPort = (port: ApiPort): PortFacts => ({
  name: port.name ?? '',
  protocol: (port.protocol ?? 'TCP').toLowerCase() as PortFacts['protocol'],
  port: port.port,
  targetPort:
    typeof port.targetPort === 'number' && port.targetPort > 0 ? port.targetPort : undefined,
  nodePort: port.nodePort === undefined || port.nodePort === 0 ? undefined : port.nodePort,
})

const isAuto = (annotations: Readonly<Record<string, string>> = {}): boolean =>
  ['service.kubernetes.io/topology-mode', 'service.kubernetes.io/topology-aware-hints'].some(
    (key) => annotations[key]?.toLowerCase() === 'auto',
  )

const unsaidOf = ({ metadata, spec }: Service): readonly string[] => [
  ...((spec.healthCheckNodePort ?? 0) > 0
    ? ['has a healthCheckNodePort, which is not answered here']
    : []),
  ...(spec.trafficDistribution !== undefined || isAuto(metadata.annotations)
    ? ['prefers endpoints that are near, which makes no difference here']
    : []),
]

/** As kube-proxy takes them: `Proxy` goes by the load balancer itself. */
const loadBalancerIPsOf = ({ status }: Service): readonly string[] =>
  (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, ipMode = 'VIP' }) =>
    ip === undefined || ip === '' || ipMode !== 'VIP' ? [] : [ip],
  )

const affinityOf = ({
  spec: { sessionAffinity, sessionAffinityConfig },
}: Service): number | undefined =>
  sessionAffinity === 'ClientIP'
    ? (sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800)
    : undefined

/** Undefined: it has no address, and is a name alone. */
const clusterIPsOf = ({ spec }: Service): readonly string[] | undefined => {
  const { type, clusterIP = '', clusterIPs = [clusterIP] } = spec
  const isNone = type === 'ExternalName' || clusterIP === '' || clusterIP === 'None'
  return isNone ? undefined : clusterIPs
}

const project = (object: ApiObject): ServiceFacts | undefined => {
  const service = object as Service
  const { spec } = service
  const clusterIPs = clusterIPsOf(service)
  if (!clusterIPs) return undefined
  return {
    clusterIPs,
    ports: (spec.ports ?? []).map(projectPort),
    externalIPs: spec.externalIPs ?? [],
    loadBalancerIPs: loadBalancerIPsOf(service),
    loadBalancerSourceRanges: spec.loadBalancerSourceRanges ?? [],
    affinity: affinityOf(service),
    isExternalLocal: spec.externalTrafficPolicy === 'Local',
    isInternalLocal: spec.internalTrafficPolicy === 'Local',
    unsaid: unsaidOf(service),
  }
}

/** As kube-proxy asks for them: headless ones lead nowhere, and some have a proxy of their own. */
export const proxied = '!service.kubernetes.io/headless,!service.kubernetes.io/service-proxy-name'

export const services: Resource<ServiceFacts> = {
  name: 'services',
  find: () => Promise.resolve('/api/v1/services'),
  labelSelector: proxied,
  project,
}
