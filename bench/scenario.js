// The services that all parts measure: the same for the same size, at every run.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'

const ENDPOINTS = 4
const TARGET_PORT = 8080

/** So many have endpoints and a spare each in 10.8.0.0/16. */
export const MOST_SERVICES = 13_000

/** `count` services at addresses drawn from 10.96.0.0/16, with endpoints of their own each. */
export const makeServices = (count) => {
  const draw = drawNumbers()
  return Array.from({ length: count }, (_, index) => ({
    name: `svc-${String(index).padStart(5, '0')}`,
    address: address(10, 96, draw()),
    port: 80,
    targetPort: TARGET_PORT,
    endpoints: endpointsOf(index, ENDPOINTS),
    // What takes the place of the last endpoint where a part changes one.
    spare: endpointsOf(index, ENDPOINTS + 1).at(-1),
  }))
}

/** The services with the last endpoint of the one at `index` replaced by its spare. */
export const withChange = (services, index) =>
  services.map((service, at) => (at === index ? changed(service) : service))

const changed = ({ endpoints, spare, ...service }) => ({
  ...service,
  endpoints: [...endpoints.slice(0, -1), spare],
  spare: endpoints.at(-1),
})

/** The network of all pods: what comes from outside of it is masqueraded. Clients and endpoints are inside. */
export const CLUSTER = '10.0.0.0/12'

const FRAME = {
  version: 1,
  serviceProxy: { serviceCIDRs: ['10.96.0.0/16'], clusterCIDRs: [CLUSTER] },
}

const sectionsOf = (services) => ({ services: Object.fromEntries(services.map(section)) })

/** The configuration that describes the services. */
export const servicesConfig = (services) => ({ ...FRAME, ...sectionsOf(services) })

/** Writes it into a folder, and gives its path: what a person wrote, and what a program did. */
export const writeConfiguration = (folder, services) => {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'node.yaml'), stringify(FRAME))
  // What has so many of them is a program, and programs write JSON.
  writeFileSync(join(folder, 'services.json'), JSON.stringify(sectionsOf(services), null, 1))
  return folder
}

const section = ({ name, address, port, targetPort, endpoints }) => [
  name,
  {
    clusterIPs: [address],
    ports: [{ name: 'http', protocol: 'tcp', port, targetPort }],
    endpoints,
  },
]

const endpointsOf = (index, count) =>
  Array.from({ length: count }, (_, at) => address(10, 8, 1 + index * (ENDPOINTS + 1) + at))

const address = (a, b, host) => `${a}.${b}.${host >> 8}.${host & 255}`

// The numbers below 2^16 in a scattered order, each once: a linear congruential generator of full
// period, and a mixing of its bits, which keeps them different. 0 and the last are no services' addresses.
function drawNumbers() {
  const size = 0x10000
  let state = 1
  const next = () => {
    state = (state * 25173 + 13849) % size
    const drawn = ((state ^ (state >> 7)) * 40503) % size
    return drawn === 0 || drawn === size - 1 ? next() : drawn
  }
  return next
}
