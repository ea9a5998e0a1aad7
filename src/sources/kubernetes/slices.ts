import type { Access } from './access.ts'
import { isJson } from '../json.ts'
import { ApiError } from './api-error.ts'
import { askJson } from './request.ts'
import type { ApiObject, Resource } from './resource.ts'
import { proxied } from './service-facts.ts'

interface ApiEndpoint {
  readonly addresses: readonly string[]
  readonly nodeName?: string
  /** Of v1beta1: where a server of 1.20 says the node. */
  readonly topology?: Readonly<Record<string, string>>
  readonly conditions?: {
    readonly ready?: boolean
    readonly serving?: boolean
    readonly terminating?: boolean
  }
}

interface EndpointSlice extends ApiObject {
  readonly addressType: string
  readonly endpoints: readonly ApiEndpoint[] | null
  readonly ports?:
    readonly { readonly name?: string; readonly protocol?: string; readonly port?: number }[] | null
}

/** An endpoint, as its slice has it. */
export interface EndpointFacts {
  readonly address: string
  readonly node: string | undefined
  readonly ready: boolean
  readonly serving: boolean
  readonly terminating: boolean
}

/** What is kept of an EndpointSlice. */
export interface SliceFacts {
  /** As `namespace/name`. */
  readonly service: string
  readonly ports: readonly {
    readonly name: string
    readonly protocol: string
    readonly port: number
  }[]
  readonly endpoints: readonly EndpointFacts[]
}

/** What is not said is unknown, and counts as kube-proxy counts it. */
const projectEndpoint = ({
  addresses,
  nodeName,
  topology,
  conditions = {},
}: ApiEndpoint): readonly EndpointFacts[] => {
  const [address] = addresses
  if (address === undefined) return []
  const { ready = true, serving = ready, terminating = false } = conditions
  const node = nodeName ?? topology?.['kubernetes.io/hostname']
  return [{ address, node, ready, serving, terminating }]
}

const project = (object: ApiObject): SliceFacts | undefined => {
  const slice = object as EndpointSlice
  const { namespace = '', labels = {} } = slice.metadata
  const name = labels['kubernetes.io/service-name']
  if (name === undefined || slice.addressType === 'FQDN') return undefined
  return {
    service: `${namespace}/${name}`,
    ports: (slice.ports ?? []).flatMap(({ name: portName = '', protocol = 'TCP', port = 0 }) =>
      port === 0 ? [] : [{ name: portName, protocol: protocol.toLowerCase(), port }],
    ),
    endpoints: (slice.endpoints ?? []).flatMap(projectEndpoint),
  }
}

const group = '/apis/discovery.k8s.io'

/** v1 is there since 1.21, and v1beta1 until 1.24. */
const find = async (access: Access, signal: AbortSignal): Promise<string> => {
  const answer = await askJson(access, { path: group, query: {} }, signal)
  const versions: unknown = isJson(answer) ? answer['versions'] : undefined
  const known = (Array.isArray(versions) ? versions : []).map((one: unknown) =>
    isJson(one) ? String(one['version']) : '',
  )
  const version = ['v1', 'v1beta1'].find((one) => known.includes(one))
  if (version === undefined)
    throw new ApiError(
      'absent',
      `the server has EndpointSlices of ${known.join(', ') || 'no version'}, and not of v1 or v1beta1`,
    )
  return `${group}/${version}/endpointslices`
}

export const slices: Resource<SliceFacts> = {
  name: 'endpointslices',
  find,
  labelSelector: proxied,
  project,
}
