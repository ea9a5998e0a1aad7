import test from 'ava'
import fc from 'fast-check'
import { canonicalRule } from '../../src/iptables/canonical.ts'
import { disagreements, lacking, openIptables } from './iptables.ts'
import { randomRule } from './rules.ts'

const RULES = 500

for (const backend of ['nft', 'legacy'] as const)
  test(`${RULES} random rules are read back from iptables-${backend} as we say`, (t) => {
    const seed = Date.now() % 2 ** 31
    const rules = fc.sample(randomRule, { numRuns: 2 * RULES, seed })
    const claims = rules
      .flatMap((rule) => {
        const canonical = canonicalRule(rule.written, rule.family)
        return canonical.ok ? [{ ...rule, read: canonical.rules }] : []
      })
      .slice(0, RULES)
    t.is(claims.length, RULES, `most random rules are taken (seed ${seed})`)
    const iptables = openIptables(backend, `chainr${process.pid}${backend}`)
    try {
      const verdicts = iptables.load(claims)
      t.deepEqual(disagreements(verdicts), [], `seed ${seed}`)
      t.log(`seed ${seed}; not on this node: ${lacking(verdicts).length} of ${RULES}`)
    } finally {
      iptables.remove()
    }
  })
