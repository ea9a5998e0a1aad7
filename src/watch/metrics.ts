import { writeAtomically } from '../kernel/state-files.ts'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { PlanDocument } from '../present/document.ts'
import type { SourceEvent } from '../sources/source.ts'
import type { Outcome } from './loop.ts'

/** What is known of a loop, for Prometheus. */
export interface Metrics {
  sourced(event: SourceEvent): void
  revised(isEmpty: boolean): void
  planned(document: PlanDocument): void
  ended(outcome: Outcome, milliseconds: number): void
  /** See `Reports`. */
  kept(outcome: Outcome, milliseconds: number): void
  /** The exposition format (text 0.0.4). */
  text(): Promise<string>
}

const kinds = ['inSync', 'applied', 'differs', 'held', 'failed'] as const

/** In words of metrics. */
const labels: Readonly<Record<Outcome['kind'], string>> = {
  inSync: 'in_sync',
  applied: 'applied',
  differs: 'differs',
  held: 'held',
  failed: 'failed',
}

const seconds = (): number => Date.now() / 1000

const makeMetrics = (registry: Registry) => {
  const registers = [registry]
  const gauge = <T extends string>(name: string, help: string, labelNames: T[] = []): Gauge<T> =>
    new Gauge({ name, help, labelNames, registers })
  const counter = <T extends string>(name: string, help: string, labelNames: T[]): Counter<T> =>
    new Counter({ name, help, labelNames, registers })
  return {
    build: gauge('netplan_build_info', 'The version that runs.', ['version', 'node']),
    drift: gauge(
      'netplan_drift_resources',
      'Objects that are not as described, after the last look; those of a plan that was held back, failed or was not to be carried out.',
      ['kind', 'action'],
    ),
    planned: gauge('netplan_last_plan_timestamp_seconds', 'When the node was last looked at.'),
    applied: gauge('netplan_last_apply_timestamp_seconds', 'When something was last changed.'),
    success: gauge('netplan_last_apply_success', '1 if the last look left the node as described.'),
    duration: new Histogram({
      name: 'netplan_apply_duration_seconds',
      help: 'How long rounds took that changed something, with their verification.',
      buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers,
    }),
    rounds: counter('netplan_rounds_total', 'Looks at the node, by what they came to.', [
      'outcome',
    ]),
    connected: gauge('netplan_source_connected', '1 if the source can be read.'),
    revised: gauge(
      'netplan_source_revision_timestamp_seconds',
      'When the source last said something new.',
    ),
    empty: gauge('netplan_source_empty', '1 if the source has nothing, which changes nothing.'),
    restarts: counter('netplan_watch_restarts_total', 'How often the source had to be read anew.', [
      'reason',
    ]),
  }
}

/** What is still to be done of the last plan. */
const isLeft = ({ kind }: Outcome): boolean => kind !== 'applied' && kind !== 'inSync'

export const openMetrics = (version: string): Metrics => {
  const registry = new Registry()
  const all = makeMetrics(registry)
  all.build.set({ version, node: process.versions.node }, 1)
  all.connected.set(0)
  for (const kind of kinds) all.rounds.inc({ outcome: labels[kind] }, 0)
  let last: PlanDocument | undefined
  const setDrift = (document: PlanDocument | undefined): void => {
    all.drift.reset()
    for (const { kind, actions } of document?.changes ?? [])
      all.drift.inc({ kind, action: actions.join('_') })
  }
  const count = (outcome: Outcome, milliseconds: number): void => {
    const { kind } = outcome
    all.rounds.inc({ outcome: labels[kind] })
    all.planned.set(seconds())
    if (kind === 'applied') {
      all.applied.set(seconds())
      all.duration.observe(milliseconds / 1000)
    }
    setDrift(isLeft(outcome) ? last : undefined)
    last = undefined
  }
  return {
    sourced: (event) => {
      if (event.kind === 'warned') return
      all.connected.set(event.kind === 'connected' ? 1 : 0)
      if (event.kind === 'disconnected') all.restarts.inc({ reason: event.reason })
    },
    revised: (isEmpty) => {
      all.revised.set(seconds())
      all.empty.set(isEmpty ? 1 : 0)
    },
    planned: (document) => {
      last = document
    },
    ended: (outcome, milliseconds) => {
      all.success.set(isLeft(outcome) ? 0 : 1)
      count(outcome, milliseconds)
    },
    kept: count,
    text: () => registry.metrics(),
  }
}

/** For the textfile collector of node_exporter, which reads whole files alone, and reads them as somebody else. */
export const writeMetrics = async (metrics: Metrics, file: string): Promise<void> =>
  writeAtomically(file, await metrics.text(), 0o644)
