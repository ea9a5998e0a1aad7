// The same configuration, by the reference plugins and by ours: the same result, and nothing left of either.
import type { ExecutionContext } from 'ava'
import { openSite } from './attached.ts'
import { testEach } from './contenders.ts'
import type { Contender } from './contenders.ts'
import { createLab } from './lab.ts'
import { expected, veiled } from './results.ts'
import { bridgeOf, families, portMappings } from './wanted.ts'
import type { Families } from './wanted.ts'

interface Case {
  readonly contender: Contender
  readonly cniVersion: string
  readonly which: Families
}

const addAndDelete = async (
  t: ExecutionContext,
  { contender, cniVersion, which }: Case,
): Promise<void> => {
  const lab = await createLab(t)
  const site = openSite(contender, lab, {
    wanted: { cniVersion, name: 'pods', bridge: bridgeOf(which) },
  })
  const before = site.traces()
  const first = await site.add(lab.pod('p1'), { capabilities: { portMappings } })
  const second = await site.add(lab.pod('p2'))
  t.deepEqual(veiled(first.result, 'cni0'), expected(cniVersion, which, 1))
  t.deepEqual(veiled(second.result, 'cni0'), expected(cniVersion, which, 2))
  for (const one of [first, second]) await site.del(one)
  t.deepEqual(site.traces(), { ...before, links: [...before.links, 'cni0'].sort() })
}

/** What a family answers depends on no version, and the words of a version on no family: `results.test.ts` has the rest. */
const cases: readonly (readonly [cniVersion: string, title: keyof typeof families])[] = [
  ['0.3.1', 'both families'],
  ['0.4.0', 'both families'],
  ['1.0.0', 'both families'],
  ['1.0.0', 'IPv4'],
]

for (const [cniVersion, title] of cases)
  testEach(
    `${cniVersion}, ${title}: ADD answers as it has to, DEL leaves the bridge alone`,
    (t, contender) => addAndDelete(t, { contender, cniVersion, which: families[title] }),
  )
