import type { Socket } from '../../src/net/sockets.ts'
import type { PingProbe, Probe, ProbeResult, TcpProbe, Try } from '../../src/probes/probe.ts'

const terms = { from: '', timeoutSeconds: 2, expect: 'success', source: undefined } as const

export const pingOf = (more: Partial<PingProbe> = {}): PingProbe => ({
  ...terms,
  kind: 'ping',
  name: 'ping',
  count: 1,
  address: '10.0.0.1',
  ...more,
})

export const tcpOf = (more: Partial<TcpProbe> = {}): TcpProbe => ({
  ...terms,
  kind: 'tcp',
  name: 'tcp',
  count: 1,
  address: '10.0.0.1',
  port: 80,
  reaches: [],
  ...more,
})

export const good = (milliseconds = 1): Try => ({ ok: true, detail: '', milliseconds })

export const bad = (detail: string): Try => ({ ok: false, detail, milliseconds: 1 })

export const endpoint = (number: number): Socket => ({
  address: `10.244.0.${String(number)}`,
  port: 8080,
})

export const resultOf = (
  name: string,
  ok: boolean,
  probe: Probe = tcpOf({ name }),
): ProbeResult => ({
  probe,
  ok,
  detail: ok ? '' : 'connection refused',
})
