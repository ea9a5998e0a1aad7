// Driven by libcni, the library in which container runtimes speak CNI.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { openSite } from './attached.ts'
import type { Site } from './attached.ts'
import { testEach, testOurs } from './contenders.ts'
import type { Contender } from './contenders.ts'
import { createLab } from './lab.ts'
import { buildLibcni, driveLibcni, hasLibcni } from './libcni.ts'
import { hear, mappedProbesOf, probesOf, serveAround } from './probes.ts'
import { expected, veiled } from './results.ts'
import { bridgeOf, families, portMappings } from './wanted.ts'

const folder = mkdtempSync(join(tmpdir(), 'netplan-libcni-'))
let program = ''

test.before(async () => {
  if (hasLibcni) program = await buildLibcni(folder)
})
test.after.always(() => rmSync(folder, { recursive: true, force: true }))

const open = async (
  t: ExecutionContext,
  contender: Contender,
  cniVersion: string,
): Promise<Site> => {
  const lab = await createLab(t)
  return openSite(contender, lab, {
    wanted: { cniVersion, name: 'pods', bridge: bridgeOf(families['both families']) },
    drive: driveLibcni(program, lab.folder),
  })
}

// The reference plugins prove the test itself, for which one version will do.
for (const [cniVersion, declare] of [
  ['0.3.1', testOurs],
  ['0.4.0', testOurs],
  ['1.0.0', testEach],
] as const)
  declare(
    `libcni, ${cniVersion}: a life of two containers`,
    async (t, contender) => {
      const site = await open(t, contender, cniVersion)
      const { lab } = site
      await serveAround(lab)
      const before = site.traces()
      const [p1, p2] = [lab.pod('p1'), lab.pod('p2')]
      const first = await site.add(p1, { capabilities: { portMappings } })
      const second = await site.add(p2)
      t.deepEqual(veiled(first.result, 'cni0'), expected(cniVersion, ['inet', 'inet6'], 1))
      t.deepEqual(veiled(second.result, 'cni0'), expected(cniVersion, ['inet', 'inet6'], 2))
      if (cniVersion !== '0.3.1')
        for (const one of contender.checksMappings ? [first, second] : [second])
          await site.check(one)
      await lab.serve(p1, 80)
      for (const family of ['inet', 'inet6'] as const)
        for (const [title, from, to, heard] of [
          ...probesOf(family, p2),
          ...mappedProbesOf(family, p1, p2),
        ])
          t.is(await hear(lab, from, to), heard, title)
      for (const one of [first, second, first]) await site.del(one)
      t.deepEqual(site.traces(), { ...before, links: [...before.links, 'cni0'].sort() })
    },
    hasLibcni,
  )

testEach(
  'libcni: a container is added once, and checked as it was added',
  async (t, contender) => {
    const site = await open(t, contender, '1.0.0')
    const pod = site.lab.pod('p1')
    const one = await site.add(pod)
    const before = site.traces()
    await t.throwsAsync(site.add(pod))
    t.deepEqual(site.traces(), before, 'the second ADD has left something')
    await site.check(one)
    site.lab.node.ip('route del default', pod.netns)
    await t.throwsAsync(site.check(one), { message: /CHECK by libcni/ })
  },
  hasLibcni,
)
