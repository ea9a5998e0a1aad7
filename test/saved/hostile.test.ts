// A saved plan is given to root, perhaps by somebody else: nothing in it is believed.
import test from 'ava'
import { Failure } from '../../src/commands/failure.ts'
import { documentText } from '../../src/commands/show-document.ts'
import { digestOf } from '../../src/commands/saved-plan.ts'
import type { Ingredients } from '../../src/commands/saved-plan.ts'
import { checkSnapshot } from '../../src/kernel/parse-snapshot.ts'
import type { PlanDocument } from '../../src/present/document.ts'
import { plain } from '../../src/present/style.ts'
import { createNode } from '../node/harness.ts'
import { compose, open, save } from './inside.ts'
import type { SavedDocument } from './inside.ts'

const node = createNode()
const pod = node.ns('pod')

test.after.always(() => node.remove())

const config = `
namespaces: { ${pod}: {} }
bridges: { br0: { addresses: [10.9.0.1/24] } }
veths:
  veth1: { bridge: br0, peer: { name: eth0, namespace: ${pod}, addresses: [10.9.0.2/24] } }
masquerade: [{ source: 10.9.0.0/24 }]
checks: [{ name: gateway, ping: 10.9.0.2 }]
`

let good: SavedDocument

test.before(async () => {
  node.ip('link add name victim type bridge')
  good = await save(node.name, config)
})

// What is changed here is read-only where it is made.
type Writable<T> = T extends object ? { -readonly [K in keyof T]: Writable<T[K]> } : T

interface Parts extends SavedDocument {
  plan: Writable<PlanDocument>
  undo: { argv: string[] }[]
  objects: { digest: string | null; role: string }[]
  owner: { id: number; name: string }
  records: Record<string, unknown>
  configuration: Writable<Ingredients['configuration']>
  snapshot: {
    namespaces: { outputs: object[] }[]
    owners: object[]
  }
  options: Writable<Ingredients['options']>
  checks: string[]
}

type Forge = (parts: Parts) => void

const stepsIn = ({ plan }: Parts): Writable<PlanDocument['changes'][number]['steps']> =>
  plan.changes.flatMap(({ steps }) => steps)

const first = <T>(all: readonly T[]): T => {
  const [one] = all
  if (one === undefined) throw new Error('there is none')
  return one
}

const outputsOf = ({ snapshot }: Parts): { stdout?: string }[] =>
  snapshot.namespaces.flatMap(({ outputs }) => outputs as { stdout?: string }[])

const forgeries: Readonly<Record<string, Forge>> = {
  'a step is another program': (all) => {
    first(stepsIn(all)).argv = ['sh', '-c', 'ip link delete dev victim']
  },
  'a step has one more argument': (all) => {
    first(stepsIn(all)).argv.push('master', 'victim')
  },
  'a step is added': (all) => {
    const order = stepsIn(all).length + 1
    const argv = ['ip', 'link', 'delete', 'dev', 'victim']
    first(all.plan.changes).steps.push({ order, argv })
  },
  'a step is left out': (all) => {
    first(all.plan.changes).steps = []
  },
  'two steps change places': (all) => {
    const [a, b] = stepsIn(all)
    if (a && b) [a.order, b.order] = [b.order, a.order]
  },
  'a step runs in another namespace': (all) => {
    first(stepsIn(all)).namespace = pod
  },
  'a step reads something else': (all) => {
    const step = first(stepsIn(all).filter(({ stdin }) => stdin !== undefined))
    step.stdin = '*filter\n-F INPUT\nCOMMIT\n'
  },
  'a step may wait for ever': (all) => {
    first(stepsIn(all)).patience = 1e9
  },
  'a change is hidden': (all) => {
    all.plan.changes.shift()
  },
  'a change looks harmless': (all) => {
    first(all.plan.changes).title = 'bridge br7'
  },
  'the count is another': (all) => {
    all.plan.summary.create = 1
  },
  'it is of another node': (all) => {
    all.plan.node = 'another'
  },
  'it comes from another line': (all) => {
    const { source } = first(all.plan.changes)
    if (source) source.file = 'trusted.yaml'
  },
  'the way back is another': (all) => {
    first(all.undo).argv = ['ip', 'link', 'delete', 'dev', 'victim']
  },
  'the notes are others': (all) => {
    all.records['namespace victim'] = { inode: 0 }
  },
  'the owner has another number': (all) => {
    all.owner.id = 20
  },
  'an object has another digest': (all) => {
    first(all.objects).digest = '0'.repeat(32)
  },
  'an object is left out': (all) => {
    all.objects.shift()
  },
  'a check is left out': (all) => {
    all.checks = []
  },
  'the file says something else': (all) => {
    const file = first(all.configuration.files)
    file.text = file.text.replace('10.9.0.1', '10.9.0.7')
  },
  'the file is no configuration': (all) => {
    first(all.configuration.files).text = 'bridges: { "-x;reboot": {} }'
  },
  'there is one file more': (all) => {
    const file = { name: 'more.yaml', digest: '', text: 'bridges: { br9: {} }' }
    all.configuration.files.push(file)
  },
  'the node had something else': (all) => {
    for (const output of outputsOf(all))
      output.stdout = (output.stdout ?? '').replaceAll('victim', 'br0')
  },
  'an output is none of a program': (all) => {
    for (const output of outputsOf(all)) output.stdout = '{'
  },
  'an option is none': (all) => {
    all.options.iptables = 'sh' as 'nft'
  },
  'there are no outputs': (all) => {
    all.snapshot.namespaces = []
  },
}

const forge = (change: Forge): SavedDocument => {
  const copy = structuredClone(good) as Parts
  change(copy)
  return { ...copy, digest: digestOf(copy) }
}

const links = (): string => node.ip('-o link show')

for (const [title, change] of Object.entries(forgeries)) {
  test.serial(`refused: ${title}`, async (t) => {
    const before = links()
    const error = await t.throwsAsync(() => open(forge(change)))
    const { exitCode, code } = error as Partial<Failure>
    // A snapshot that is none, or has not what is asked for, is told of as one (by report.ts).
    if (exitCode === undefined) t.true(['invalid', 'lacking'].includes(String(code)))
    else t.is(exitCode, 65)
    t.is(links(), before)
  })
}

test.serial('refused: whatever is edited without its digest', async (t) => {
  for (const key of Object.keys(good)) {
    const edited = { ...good, [key]: key === 'digest' ? '0'.repeat(64) : null }
    const error = await t.throwsAsync(() => open(edited), { instanceOf: Failure }, key)
    t.is(error.exitCode, 65, key)
  }
  const error = await t.throwsAsync(() => open({ ...good, more: 1 }), { instanceOf: Failure })
  t.regex(error.message, /is damaged: it is not as netplan wrote it/)
})

test.serial('another version of the format is not carried out', async (t) => {
  const other = { ...good, formatVersion: '2.0' }
  const document = { ...other, digest: digestOf(other) }
  const error = await t.throwsAsync(() => open(document), { instanceOf: Failure })
  t.is(error.exitCode, 65)
  t.regex(error.message, /has format 2\.0, and this netplan reads 1\.0/)
})

/** Nested as no document is. */
const nest = (levels: number): unknown => {
  let value: unknown = []
  for (let level = 0; level < levels; level++) value = [value]
  return value
}

test.serial('refused: too many levels', async (t) => {
  const deep = { ...good, more: nest(100_000) }
  const error = await t.throwsAsync(() => open(deep), { instanceOf: Failure })
  t.regex(error.message, /is a damaged plan: it has too many levels$/)
  const snapshot = { ...(good['snapshot'] as object), more: nest(100_000) }
  const problem = t.throws(() => checkSnapshot(snapshot, 'x.json'))
  t.is(problem.message, 'x.json is a damaged snapshot: it has too many levels')
})

test.serial('what is shown has the shape of a plan', (t) => {
  const changes: Readonly<Record<string, (parts: Parts) => void>> = {
    plan: (all) => Object.assign(all, { plan: 7 }),
    undo: (all) => Object.assign(all, { undo: undefined }),
    'plan.changes[0].address': (all) => Object.assign(all.plan, { changes: [{}] }),
    'plan.summary': (all) => Object.assign(all.plan, { summary: null }),
    'plan.changes[0].actions': (all) => Object.assign(first(all.plan.changes), { actions: 5 }),
  }
  for (const [place, change] of Object.entries(changes)) {
    const text = JSON.stringify(forge(change))
    const error = t.throws(
      () => documentText(text, 'x.plan', { style: plain, full: false, width: 100 }),
      { instanceOf: Failure },
      place,
    )
    t.is(error.exitCode, 65)
    t.true(error.message.startsWith(`x.plan is a damaged plan: ${place} is `), error.message)
  }
})

test.serial('JSON that is written otherwise is the same plan', async (t) => {
  const reversed = Object.fromEntries(Object.entries(good).reverse())
  const planned = await (await open(reversed)).plan()
  t.true(planned.ok)
})

test.serial('a forged node agrees with its plan, and not with the node', async (t) => {
  const { configuration, options, snapshot } = structuredClone(good) as Parts
  // The bridge of somebody else is said to be ours: then it is to go, since no file asks for it.
  const forged = JSON.stringify(snapshot).replace(
    /(\\"ifname\\":\\"victim\\"[^{}]*?\\"group\\":)\\"\w+\\"/,
    '$1\\"1852833903\\"',
  )
  const snapshotOf = JSON.parse(forged) as Ingredients['snapshot']
  const document = await compose({ configuration, options, snapshot: snapshotOf })
  const { plan } = document as Parts
  t.true(
    plan.changes.some(
      ({ address, actions }) => address === 'link victim' && actions[0] === 'delete',
    ),
  )
  const before = links()
  const session = await open(document)
  const error = await t.throwsAsync(() => session.plan(), { instanceOf: Failure })
  t.is(error.exitCode, 6)
  t.is(links(), before)
})
