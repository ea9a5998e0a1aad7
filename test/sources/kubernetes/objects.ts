/** Objects as a server has them; `version` is their resourceVersion. */
export const makeNode = (
  name: string,
  {
    podCIDRs,
    addresses,
    version = '1',
    ...more
  }: {
    readonly podCIDRs?: readonly string[]
    readonly addresses?: readonly string[]
    readonly version?: string
    readonly annotations?: Readonly<Record<string, string>>
    readonly heartbeat?: string
    readonly created?: string
  },
): object => ({
  kind: 'Node',
  metadata: {
    ...{ name, resourceVersion: version, annotations: more.annotations ?? {} },
    ...(more.created === undefined ? {} : { creationTimestamp: more.created }),
  },
  spec: podCIDRs ? { podCIDR: podCIDRs[0], podCIDRs } : {},
  status: {
    addresses: [
      { type: 'Hostname', address: name },
      ...(addresses ?? []).map((address) => ({ type: 'InternalIP', address })),
    ],
    conditions: [{ type: 'Ready', status: 'False', lastHeartbeatTime: more.heartbeat ?? '' }],
  },
})

export const makeService = (
  name: string,
  spec: object,
  status: object = {},
  annotations: Readonly<Record<string, string>> = {},
): object => ({
  metadata: { name, namespace: 'default', resourceVersion: '1', annotations },
  spec,
  status,
})

export const makeSlice = (
  name: string,
  service: string,
  slice: { readonly endpoints: readonly object[] | null; readonly ports: readonly object[] },
  addressType = 'IPv4',
): object => ({
  metadata: {
    name,
    namespace: 'default',
    resourceVersion: '1',
    labels: { 'kubernetes.io/service-name': service },
  },
  addressType,
  ...slice,
})
