import test from 'ava'
import { checkForms } from '../../src/commands/doctor-checks.ts'
import { canonicalRule } from '../../src/iptables/canonical.ts'
import { canonicalOf, formsOf } from '../../src/iptables/forms.ts'
import type { Form } from '../../src/iptables/forms.ts'
import { openScratch } from '../../src/kernel/scratch.ts'
import type { Bench } from '../../src/kernel/scratch.ts'
import { nodeFor } from '../node/story.ts'
import { run } from '../run.ts'
import { netplan, program } from './cli.ts'

const families = ['inet', 'inet6'] as const

interface Document {
  readonly formatVersion: string
  readonly node: string
  readonly healthy: boolean
  readonly checks: readonly Readonly<Record<'status' | 'what' | 'detail', string>>[]
}

test('forms are what the canonical text of a rule is', (t) => {
  for (const family of families) {
    const forms = formsOf(family)
    t.true(forms.length > 100)
    for (const form of forms)
      for (const rule of [form.rule, canonicalOf(form)])
        t.deepEqual(canonicalRule(rule, family), { ok: true, rules: [canonicalOf(form)] })
  }
})

test.serial('all is well here, with both backends, and nothing is left behind', async (t) => {
  const node = nodeFor(t)
  node.exec(['iptables-nft', '-A', 'FORWARD', '-i', 'eth9', '-j', 'DROP'])
  const look = (): string => node.exec(['iptables-nft-save']).replaceAll(/^#.*$/gm, '')
  const before = look()
  const { code, stdout, stderr } = await netplan(['doctor', '--netns', node.name])
  t.is(code, 0, stdout + stderr)
  t.is(stderr, '')
  for (const backend of ['nft', 'legacy'])
    for (const family of ['IPv4', 'IPv6'])
      t.regex(
        stdout,
        new RegExp(
          `^ok {7}rules of ${family}, ${backend} +(\\d+) of \\1 are read back as they`,
          'm',
        ),
      )
  t.regex(stdout, /^ok {7}iptables of this node +nft: it has 1 rules$/m)
  t.notRegex(stdout, /FAILED/)
  t.is(look(), before)
  t.is(node.exec(['cat', '/proc/net/ip_tables_names']), '')
})

test.serial('the document has every check', async (t) => {
  const node = nodeFor(t)
  const { code, stdout } = await netplan(['doctor', '--json', '--netns', node.name])
  t.is(code, 0)
  const document = JSON.parse(stdout) as Document
  t.like(document, { formatVersion: '1.0', node: node.name, healthy: true })
  const whats = document.checks.map(({ what }) => what)
  for (const what of ['privileges', 'program ip', 'br_netfilter', 'device vxlan'])
    t.true(whats.includes(what), what)
  for (const check of document.checks) {
    t.deepEqual(Object.keys(check), ['status', 'what', 'detail'])
    t.true(['ok', 'warning'].includes(check.status))
    t.notRegex(check.detail, /\n/)
  }
})

test.serial('rules in both backends, and chains of ours in both', async (t) => {
  const node = nodeFor(t)
  const both = (...rule: readonly string[]): void => {
    for (const backend of ['nft', 'legacy']) node.exec([`iptables-${backend}`, ...rule])
  }
  both('-A', 'FORWARD', '-i', 'eth9', '-j', 'DROP')
  const warned = await netplan(['doctor', '--netns', node.name])
  t.is(warned.code, 0, warned.stdout)
  t.regex(
    warned.stdout,
    /^warning {2}iptables .* nft has 1 rules and legacy 1: packets meet both$/m,
  )
  both('-N', 'NP111-SERVICES')
  const failed = await netplan(['doctor', '--netns', node.name])
  t.is(failed.code, 1)
  t.regex(failed.stdout, /^FAILED {3}iptables of this node +there are chains of ours in both/m)
})

test.serial('who may make no namespace is told so', async (t) => {
  const argv = ['setpriv', '--bounding-set=-all', ...program, 'doctor']
  const { code, stdout } = await run(argv)
  t.is(code, 77)
  t.regex(stdout, /^FAILED {3}privileges +without CAP_NET_ADMIN and CAP_SYS_ADMIN/m)
  t.regex(stdout, /^FAILED {3}network namespace +cannot be made, so that nothing could be tried: /m)
  const document = JSON.parse((await run([...argv, '--json'])).stdout) as Document
  t.false(document.healthy)
})

test.serial('no such namespace', async (t) => {
  const { code, stderr } = await netplan(['doctor', '--netns', 'nobody'])
  t.is(code, 1)
  t.regex(stderr, /there is no network namespace nobody/)
})

const wrong: Form = {
  rule: '-p tcp --dport 80 -j ACCEPT',
  canonical: '-p tcp --dport 80 -j ACCEPT',
  table: 'filter',
  own: true,
}

for (const backend of ['nft', 'legacy'] as const)
  test.serial(
    `a form that ${backend} reads back otherwise, and some that it refuses`,
    async (t) => {
      const scratch = await openScratch()
      t.teardown(scratch.close)
      const programs = { backend, plain: false }
      const bench: Bench = { netns: scratch.netns, family: 'inet', programs }
      const forms = formsOf('inet')
      const refused = { rule: '-m nonsense', table: 'nat', own: false }
      const mixed = [...forms.slice(0, 40), wrong, ...forms.slice(40), refused]
      const checks = await checkForms(bench, mixed)
      const what = `rules of IPv4, ${backend}`
      const found = '-p tcp -m tcp --dport 80 -j ACCEPT'
      const count = mixed.length
      t.deepEqual(checks.slice(0, 2), [
        {
          status: 'failed',
          what,
          detail: `${String(count - 2)} of ${String(count)} are read back as they are written`,
        },
        {
          status: 'failed',
          what,
          detail: `is read back otherwise: ${wrong.rule}: expected ${wrong.rule}, found ${found}`,
          difference: { rule: wrong.rule, expected: wrong.rule, found },
        },
      ])
      t.is(checks.length, 3)
      t.is(checks[2]?.status, 'warning')
      t.regex(String(checks[2]?.detail), /^is refused: -m nonsense: .*nonsense/)
      const own = await checkForms(bench, [{ ...refused, own: true }])
      t.deepEqual(
        own.map(({ status }) => status),
        ['failed', 'failed'],
      )
    },
  )
