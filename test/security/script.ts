import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeBatches } from '../../src/apply/batch.ts'
import type { Plan } from '../../src/plan/plan.ts'
import { planScript } from '../../src/present/script.ts'
import type { Step } from '../../src/resources/kind.ts'
import { isRestore } from './oracle.ts'

/** Writes what it was called with, words and then input, each with a NUL behind it. */
const fake = `#!/bin/sh
{
  printf '%s\\0' "\${0##*/}" "$@"
  case "$*" in *restore*|*--noflush*) printf 'stdin\\0'; /bin/cat ;; esac
  printf '\\0\\n\\0'
} >> "$LOG"
`

const programs = [
  ...['ip', 'bridge', 'sysctl', 'conntrack', 'nsenter', 'rm', 'sleep', 'reboot'],
  ...['iptables', 'ip6tables'].flatMap((one) =>
    ['-', '-nft-', '-legacy-'].map((engine) => `${one}${engine}restore`),
  ),
]

/** A folder with programs that only write down how they were called. */
export interface Fakes {
  /** Runs a script with them, and with nothing else, and returns each call's words. */
  run(script: string): readonly string[]
  remove(): void
}

export const makeFakes = (): Fakes => {
  const folder = mkdtempSync(join(tmpdir(), 'netplan-fakes-'))
  const bin = join(folder, 'bin')
  const log = join(folder, 'log')
  const file = join(folder, 'script.sh')
  mkdirSync(bin)
  for (const name of programs) {
    writeFileSync(join(bin, name), fake)
    chmodSync(join(bin, name), 0o755)
  }
  return {
    run: (script) => {
      writeFileSync(log, '')
      writeFileSync(file, script)
      const options = { env: { PATH: bin, LOG: log }, encoding: 'utf8', timeout: 30_000 } as const
      execFileSync('/bin/sh', ['-n', file], options)
      execFileSync('/bin/sh', [file], { ...options, stdio: 'pipe' })
      return readFileSync(log, 'utf8').split('\0\n\0').slice(0, -1)
    },
    remove: () => rmSync(folder, { recursive: true }),
  }
}

type NetnsOf = (namespace: string) => string | undefined

const callOf = (
  { argv, namespace = '' }: Step,
  stdin: string | undefined,
  netnsOf: NetnsOf,
): string => {
  const netns = netnsOf(namespace)
  const enter = netns === undefined ? [] : ['nsenter', `--net=${netns}`, '--']
  const words = [...enter, ...argv].map((word) => `${word}\0`).join('')
  return stdin === undefined ? words : `${words}stdin\0${stdin}`
}

/** What has to be called for a plan, one after the other. */
export const callsOf = ({ steps }: Plan, netnsOf: NetnsOf): readonly string[] =>
  makeBatches(steps).flatMap(({ steps: all, command }) => {
    const [first] = all
    if (first && isRestore(first.step)) return [callOf(first.step, command(0).stdin, netnsOf)]
    return all.map(({ step }) => callOf(step, step.stdin, netnsOf))
  })

export const scriptOf = ({ steps }: Plan, netnsOf: NetnsOf): string => planScript(steps, netnsOf)
