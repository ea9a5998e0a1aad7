import test from 'ava'
import type { ExecutionContext } from 'ava'
import type { Endpoint, Service, ServiceProxy } from '../../src/config/config.ts'
import type { Backend } from '../../src/iptables/restore.ts'
import type { Family } from '../../src/net/addresses.ts'
import { changesOf } from '../node/story.ts'
import type { Done } from '../node/harness.ts'
import { createLab } from './lab.ts'
import type { Lab, LabOptions } from './lab.ts'
import { backends, families } from './shared.ts'

/** The cluster IP of that number, in the service network of a family. */
export const vip = (number: number, family: Family = 'inet'): string =>
  family === 'inet' ? `10.96.0.${number}` : `fd00:96::${number}`

/** A service of both families at the cluster IPs of that number. */
export const serviceAt = (
  number: number,
  endpoints: readonly Endpoint[],
  more: Partial<Service> = {},
): Service => ({
  clusterIPs: families.map((family) => vip(number, family)),
  ports: [{ port: 80, targetPort: 8080 }],
  endpoints,
  ...more,
})

/** The addresses of pods in both families. */
export const endpointsOf = (lab: Pick<Lab, 'pods'>, ...names: readonly string[]): string[] =>
  lab.pods
    .filter(({ name }) => names.length === 0 || names.includes(name))
    .flatMap(({ inet, inet6 }) => [inet, inet6])

/** The sections of a file with services, in networks as a cluster has them. */
export const servicesYaml = (
  services: Readonly<Record<string, Service>>,
  proxy: ServiceProxy = {},
): string => {
  const networks: ServiceProxy = {
    serviceCIDRs: ['10.96.0.0/16', 'fd00:96::/112'],
    clusterCIDRs: ['10.244.0.0/16', 'fd00:244::/48'],
  }
  const sections = { serviceProxy: { ...networks, ...proxy }, services }
  return Object.entries(sections)
    .map(([name, section]) => `${name}: ${JSON.stringify(section)}\n`)
    .join('')
}

/** A lab in which a scenario is told, and what it needs to be told briefly. */
export interface Stage {
  readonly lab: Lab
  readonly backend: Backend
  /** Applies services, and checks what every apply promises: the next plan is empty. */
  apply(services: Readonly<Record<string, Service>>, proxy?: ServiceProxy): Promise<Done>
}

type Tell = (t: ExecutionContext, stage: Stage) => Promise<void>

const stageIn = (t: ExecutionContext, lab: Lab): Stage => ({
  lab,
  backend: lab.backend,
  apply: async (services, proxy) => {
    const sections = servicesYaml(services, proxy)
    const done = await lab.apply(sections)
    const next = await lab.node.plan(lab.yaml(sections), lab.options)
    t.deepEqual(changesOf(next), [], 'the next plan is empty')
    return done
  },
})

/**
 * Tells scenarios by their titles, with iptables-nft and with iptables-legacy: one after the other in one
 * lab, each from what the one before has left. The first node's file does not turn on forwarding: services do.
 */
export const tellAll = (told: Readonly<Record<string, Tell>>, options: LabOptions = {}): void => {
  for (const backend of backends) {
    const endings: (() => unknown)[] = []
    const teardown = (end: () => unknown): void => void endings.unshift(end)
    let lab: Promise<Lab> | undefined
    const open = async (): Promise<Lab> => {
      const one = createLab({ teardown }, { backend, forwarding: false, ...options })
      await one.second?.apply()
      return one
    }
    for (const [title, tell] of Object.entries(told))
      test.serial(`${title} (${backend})`, async (t) => tell(t, stageIn(t, await (lab ??= open()))))
    test.after.always(`the lab ends (${backend})`, async () => {
      for (const end of endings) await end()
    })
  }
}
