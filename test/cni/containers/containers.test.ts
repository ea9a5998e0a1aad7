// Driven by real container runtimes, each with a machine of its own.
import { setTimeout as sleep } from 'node:timers/promises'
import { isInstalled } from '../../pipelines/installed.ts'
import { openSite } from '../attached.ts'
import type { Site } from '../attached.ts'
import { testEach } from '../contenders.ts'
import { createLab } from '../lab.ts'
import { hear, mappedProbesOf, probesOf, serveAround } from '../probes.ts'
import type { Traces } from '../traces.ts'
import { bridgeOf, families, portMappings } from '../wanted.ts'
import { hasCgroups } from './cgroups.ts'
import { startContainerd } from './containerd.ts'
import { startPodman } from './podman.ts'
import { makeRootfs } from './rootfs.ts'

const runtimes = [
  {
    name: 'ctr',
    isHere: isInstalled('containerd', 'containerd'),
    begin: startContainerd,
    cniVersion: '1.0.0',
    maps: false,
    tellsNamespace: false, // to DEL
  },
  {
    name: 'podman',
    isHere: isInstalled('podman', 'podman') && isInstalled('runc', 'runc'),
    begin: startPodman,
    cniVersion: '0.4.0', // podman 4.3 knows none after it
    maps: true,
    tellsNamespace: true,
  },
]

/** What is there when the kernel is through with the namespaces that have ended, and with their devices. */
const settled = async (site: Site): Promise<Traces> => {
  for (let tries = 0; tries < 100; tries++) {
    if (site.traces().links.every((link) => !link.endsWith(' of cni0'))) break
    await sleep(50)
  }
  return site.traces()
}

for (const { name, isHere, begin, cniVersion, maps, tellsNamespace } of runtimes)
  testEach(
    `${name}: containers reach each other and all around, and leave nothing`,
    async (t, contender) => {
      const lab = await createLab(t, true)
      await serveAround(lab)
      const bridge = bridgeOf(families['both families'])
      const site = openSite(contender, lab, { wanted: { cniVersion, name: 'pods', bridge } })
      const before = site.traces()
      const rootfs = makeRootfs(lab.folder)
      const { network, runtime } = site
      const containers = await begin({ lab, network, path: runtime.path, rootfs })
      t.teardown(() => containers.end())
      const p1 = lab.podOf('p1', await containers.start({ name: 'p1', portMappings }))
      const p2 = lab.podOf('p2', await containers.start({ name: 'p2' }))
      await lab.serve(p1, 80)
      for (const family of ['inet', 'inet6'] as const)
        for (const [title, from, to, heard] of [
          ...probesOf(family, p2),
          ...(maps ? mappedProbesOf(family, p1, p2) : []),
        ])
          t.is(await hear(lab, from, to), heard, title)
      await lab.release([p1, p2])
      for (const one of ['p1', 'p2']) await containers.remove(one)
      const after = await settled(site)
      const bare =
        tellsNamespace || contender.deletesBlindly ? after : { ...after, rules: before.rules }
      t.deepEqual(bare, { ...before, links: [...before.links, 'cni0'].sort() })
    },
    isHere && hasCgroups,
  )
