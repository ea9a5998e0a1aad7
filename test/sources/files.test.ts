import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { filesSource } from '../../src/sources/files.ts'
import { joinSources } from '../../src/sources/join.ts'
import { openSource } from '../../src/sources/index.ts'
import { SourceError } from '../../src/sources/source.ts'
import type { Revision, Source, SourceEvent } from '../../src/sources/source.ts'

const makeFolder = (t: ExecutionContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'netplan-source-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

interface Heard {
  readonly revisions: readonly Revision[]
  readonly events: readonly SourceEvent[]
  /** Waits for so many revisions. */
  count(count: number): Promise<Revision>
  until(isSo: () => boolean): Promise<void>
}

const hear = (t: ExecutionContext, source: Source): Heard => {
  const [revisions, events]: [Revision[], SourceEvent[]] = [[], []]
  const ending = new AbortController()
  const { signal } = ending
  const heard = (async () => {
    const tell = (event: SourceEvent): unknown => events.push(event)
    for await (const revision of source.subscribe({ signal, tell })) revisions.push(revision)
  })()
  t.teardown(async () => {
    ending.abort()
    await heard
  })
  const until = async (isSo: () => boolean): Promise<void> => {
    for (let attempt = 0; attempt < 1000 && !isSo(); attempt += 1) await sleep(10)
    t.true(isSo(), JSON.stringify([revisions, events]))
  }
  return {
    revisions,
    events,
    until,
    count: async (count) => {
      await until(() => revisions.length >= count)
      return revisions[count - 1] as Revision
    },
  }
}

const open = (folder: string, poll = 60_000, ...files: readonly string[]): Source =>
  filesSource({ files: files.length > 0 ? files : ['.'], cwd: folder, poll, settle: 20 })

const textOf = ({ documents }: Revision): string => documents.map(({ text }) => text).join('|')

test('files of a folder, as they are, and each time that they change', async (t) => {
  const folder = makeFolder(t)
  writeFileSync(join(folder, 'b.yaml'), 'b')
  writeFileSync(join(folder, 'a.yaml'), 'a')
  const heard = hear(t, open(folder))
  const first = await heard.count(1)
  t.is(textOf(first), 'a|b')
  writeFileSync(join(folder, 'a.yaml'), 'c')
  const second = await heard.count(2)
  t.is(textOf(second), 'c|b')
  t.not(second.revision, first.revision)
  writeFileSync(join(folder, 'new.tmp'), 'd')
  renameSync(join(folder, 'new.tmp'), join(folder, 'b.yaml'))
  t.is(textOf(await heard.count(3)), 'c|d')
  rmSync(join(folder, 'a.yaml'))
  t.is(textOf(await heard.count(4)), 'd')
  writeFileSync(join(folder, 'b.yaml'), 'd')
  writeFileSync(join(folder, 'README'), 'not one of them')
  await sleep(100)
  t.is(heard.revisions.length, 4)
  t.deepEqual(heard.events, [{ kind: 'connected' }])
})

test('what is left of a file that was cut short to its first comments is nothing', async (t) => {
  const folder = makeFolder(t)
  const file = join(folder, 'a.yaml')
  const heard = hear(t, open(folder, 60_000, 'a.yaml'))
  const texts = ['# of node-1\n---\nroutes: []\n', '# of node-1\n', '\t # a\r\n---\n# b\n...', '{}']
  const found: number[] = []
  for (const text of texts) {
    writeFileSync(file, text)
    const { documents } = await heard.count(found.length + 1)
    found.push(documents.length)
  }
  t.deepEqual(found, [1, 0, 0, 1])
})

test('a file that never stays the same keeps nobody from ending', async (t) => {
  const folder = makeFolder(t)
  const file = join(folder, 'a.yaml')
  writeFileSync(file, 'a')
  const timer = setInterval(() => appendFileSync(file, 'a'), 2)
  t.teardown(() => clearInterval(timer))
  const ending = new AbortController()
  const { signal } = ending
  const source = open(folder, 60_000, 'a.yaml')
  const next = source
    .subscribe({ signal, tell: () => undefined })
    [Symbol.asyncIterator]()
    .next()
  await sleep(200)
  ending.abort()
  t.deepEqual(await next, { done: true, value: undefined })
})

test('a file that is written bit by bit is read once it is whole', async (t) => {
  const folder = makeFolder(t)
  const file = join(folder, 'a.yaml')
  writeFileSync(file, 'whole')
  const heard = hear(t, open(folder, 60_000, 'a.yaml'))
  await heard.count(1)
  writeFileSync(file, '')
  for (const part of ['n', 'e', 'w', '!']) {
    appendFileSync(file, part)
    await sleep(5)
  }
  t.is(textOf(await heard.count(2)), 'new!')
  t.is(heard.revisions.length, 2)
})

test('a mounted ConfigMap: a link that is changed for another', async (t) => {
  const folder = makeFolder(t)
  const write = (version: string): void => {
    mkdirSync(join(folder, version))
    writeFileSync(join(folder, version, 'node.yaml'), version)
    symlinkSync(version, join(folder, '..tmp'))
    renameSync(join(folder, '..tmp'), join(folder, '..data'))
  }
  write('..1')
  symlinkSync('..data/node.yaml', join(folder, 'node.yaml'))
  const heard = hear(t, open(folder))
  t.is(textOf(await heard.count(1)), '..1')
  write('..2')
  rmSync(join(folder, '..1'), { recursive: true })
  t.is(textOf(await heard.count(2)), '..2')
  write('..3')
  t.is(textOf(await heard.count(3)), '..3')
})

test('a checkout that is put in the place of another', async (t) => {
  const folder = makeFolder(t)
  for (const [name, text] of [
    ['net', 'old'],
    ['next', 'new'],
  ] as const) {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'a.yaml'), text)
  }
  const heard = hear(t, open(folder, 200, 'net'))
  t.is(textOf(await heard.count(1)), 'old')
  renameSync(join(folder, 'net'), join(folder, 'last'))
  renameSync(join(folder, 'next'), join(folder, 'net'))
  await heard.until(() => heard.revisions.some((one) => textOf(one) === 'new'))
  writeFileSync(join(folder, 'net', 'a.yaml'), 'newer')
  await heard.until(() => heard.revisions.some((one) => textOf(one) === 'newer'))
})

test('what cannot be read says nothing new, and that it cannot', async (t) => {
  const folder = makeFolder(t)
  const file = join(folder, 'a.yaml')
  const heard = hear(t, open(folder, 50, 'a.yaml'))
  await heard.until(() => heard.events.length === 1)
  t.like(heard.events[0], { kind: 'disconnected', reason: 'unreadable' })
  writeFileSync(file, 'here')
  t.is(textOf(await heard.count(1)), 'here')
  t.deepEqual(heard.events[1], { kind: 'connected' })
  rmSync(file)
  await heard.until(() => heard.events.length === 3)
  t.is(heard.revisions.length, 1)
  writeFileSync(file, ' \n')
  const blank = await heard.count(2)
  t.deepEqual(blank.documents, [])
})

const say = (name: string, ...texts: readonly string[]): Source & { next(): void } => {
  let wake: () => void = () => undefined
  return {
    name,
    next: () => wake(),
    async *subscribe({ signal, tell }) {
      for (const text of texts) {
        tell(
          text === 'away'
            ? { kind: 'disconnected', reason: 'closed', error: text }
            : { kind: 'connected' },
        )
        if (text !== 'away')
          yield { revision: text, documents: text === '' ? [] : [{ name, text }] }
        await new Promise<void>((resolve) => {
          wake = resolve
          signal.addEventListener('abort', () => resolve())
        })
      }
    },
  }
}

test('several sources are one, once all of them have said something', async (t) => {
  const [base, remote] = [say('base', 'b1', 'b2'), say('remote', 'away', 'r1', '', 'r2')]
  const joined = joinSources([base, remote])
  t.is(joined.name, 'base and remote')
  const heard = hear(t, joined)
  await heard.until(() => heard.events.length >= 1)
  t.is(heard.revisions.length, 0)
  remote.next()
  t.deepEqual(await heard.count(1), {
    revision: 'b1+r1',
    documents: [
      { name: 'base', text: 'b1' },
      { name: 'remote', text: 'r1' },
    ],
  })
  base.next()
  t.is(textOf(await heard.count(2)), 'b2|r1')
  remote.next()
  t.deepEqual((await heard.count(3)).documents, [])
  remote.next()
  t.is(textOf(await heard.count(4)), 'b2|r2')
  t.is(joinSources([base]), base)
})

test('a source that nobody knows is an error', async (t) => {
  await t.throwsAsync(openSource('consul://localhost'), { instanceOf: SourceError })
})
