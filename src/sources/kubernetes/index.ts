import { setTimeout as sleep } from 'node:timers/promises'
import { makeAlarm } from '../alarm.ts'
import type { Alarm } from '../alarm.ts'
import type { Revision, Source, SourceEvent, Subscription } from '../source.ts'
import { openAccess } from './access.ts'
import type { Access } from './access.ts'
import { writeDocuments } from './document.ts'
import { nodes } from './nodes.ts'
import type { NodeFacts } from './nodes.ts'
import { parseKubernetes } from './options.ts'
import type { Part } from './options.ts'
import { reflect } from './reflect.ts'
import type { Reflection } from './reflect.ts'
import type { Resource } from './resource.ts'
import { services } from './service-facts.ts'
import type { ServiceFacts } from './service-facts.ts'
import { slices } from './slices.ts'
import type { SliceFacts } from './slices.ts'
import { tellTogether } from '../together.ts'
import { usualTiming } from './timing.ts'
import type { Timing } from './timing.ts'

/** How a server is asked. */
export interface Asking {
  readonly name: string
  readonly access: Access
  readonly parts: readonly Part[]
  readonly timing: Timing
}

/** Answers that are about one resource, in words that are. */
const ofResources = ['forbidden', 'absent']

/** Three resources are of one server: that it is away is told once, until all of them are there again. */
const tellOnce = (tell: Subscription['tell']): Subscription['tell'] => {
  const told = new Set<string>()
  return (event) => {
    if (event.kind === 'connected') told.clear()
    if (event.kind === 'disconnected') {
      const { reason, error } = event
      const what = ofResources.includes(reason) ? error : reason
      if (told.has(what)) return
      told.add(what)
    }
    tell(event)
  }
}

/** What a subscription knows. */
interface Following {
  /** Rings where it is more. */
  readonly alarm: Alarm
  readonly all: readonly Reflection<unknown>[]
  readonly nodes: Reflection<NodeFacts> | undefined
  readonly services: Reflection<ServiceFacts> | undefined
  readonly slices: Reflection<SliceFacts> | undefined
  /** A bug. */
  failure: unknown
}

const follow = ({ access, parts, timing }: Asking, { signal, tell }: Subscription): Following => {
  const alarm = makeAlarm()
  const all: Reflection<unknown>[] = []
  const fail = (error: unknown): void => {
    following.failure = error
    alarm.ring()
  }
  const told = tellTogether(
    tellOnce(tell),
    parts.reduce((sum, part) => sum + (part === 'services' ? 2 : 1), 0),
  )
  const start = <T>(resource: Resource<T>, part: Part): Reflection<T> | undefined => {
    if (!parts.includes(part)) return undefined
    const reflection: Reflection<T> = { objects: undefined, version: '' }
    all.push(reflection)
    const say = (event: SourceEvent): void => told(resource.name, event)
    const task = { access, resource, timing, signal, tell: say, changed: alarm.ring }
    reflect(task, reflection).catch(fail)
    return reflection
  }
  const following: Following = {
    ...{ alarm, all, failure: undefined },
    nodes: start(nodes, 'nodes'),
    services: start(services, 'services'),
    slices: start(slices, 'services'),
  }
  return following
}

/** Each warning once for as long as it holds. */
const warnOnce = (tell: Subscription['tell']) => {
  let before = new Set<string>()
  return (messages: readonly string[]): void => {
    for (const message of messages) if (!before.has(message)) tell({ kind: 'warned', message })
    before = new Set(messages)
  }
}

/** What is known as a revision; undefined: it is not all known yet. */
const revisionOf = (
  { all, nodes: ofNodes, services: ofServices, slices: ofSlices }: Following,
  warn: (messages: readonly string[]) => void,
): Revision | undefined => {
  if (all.some(({ objects }) => objects === undefined)) return undefined
  const warnings: string[] = []
  const documents = writeDocuments(
    { nodes: ofNodes?.objects, services: ofServices?.objects, slices: ofSlices?.objects },
    (message) => warnings.push(message),
  )
  warn(warnings)
  return { revision: all.map(({ version }) => version).join('/'), documents }
}

async function* revise(
  following: Following,
  { timing }: Asking,
  { signal, tell }: Subscription,
): AsyncGenerator<Revision> {
  const warn = warnOnce(tell)
  let last: string | undefined
  while (!signal.aborted) {
    await following.alarm.wait(Infinity, signal)
    await sleep(timing.settle, undefined, { signal }).catch(() => undefined)
    if (following.failure !== undefined) throw following.failure as Error
    const revision = revisionOf(following, warn)
    const text = revision?.documents[0]?.text ?? ''
    if (!revision || text === last) continue
    last = text
    yield revision
  }
}

async function* subscribe(
  asking: Asking,
  { signal, tell }: Subscription,
): AsyncGenerator<Revision> {
  // Who stops reading closes the connections.
  const ending = new AbortController()
  const end = (): void => ending.abort()
  signal.addEventListener('abort', end)
  if (signal.aborted) end()
  try {
    const subscription = { signal: ending.signal, tell }
    yield* revise(follow(asking, subscription), asking, subscription)
  } finally {
    signal.removeEventListener('abort', end)
    end()
  }
}

/** The nodes and services of a Kubernetes cluster. */
export const kubernetesSource = (asking: Asking): Source => ({
  name: asking.name,
  subscribe: (subscription) => subscribe(asking, subscription),
})

/** See `Opener`: what stands behind --source. */
export const openKubernetes = (text: string): Source | undefined => {
  const options = parseKubernetes(text)
  if (!options) return undefined
  const access = openAccess(options)
  const name = `${text} at ${access.server}`
  return kubernetesSource({ name, access, parts: options.parts, timing: usualTiming })
}
