import test from 'ava'
import { FORMS } from './forms/index.ts'
import type { Form } from './forms/form.ts'
import { disagreements, lacking, openIptables } from './iptables.ts'
import type { Claim } from './iptables.ts'

/** What is written is read back as the table says, and so is what is read back. */
const claims = (form: Form): readonly Claim[] => [
  ...(form.loads ? [form] : []),
  ...form.read.map((rule) => ({ ...form, written: rule, read: [rule] })),
]

for (const backend of ['nft', 'legacy'] as const)
  test(`iptables-${backend} reads every form back as the table says`, (t) => {
    const iptables = openIptables(backend, `chain${process.pid}${backend}`)
    try {
      const verdicts = iptables.load(FORMS.flatMap(claims))
      t.deepEqual(disagreements(verdicts), [])
      const unknown = new Set(lacking(verdicts))
      for (const line of unknown) t.log(`not on this node: ${line}`)
      // A node that lacks much proves nothing.
      t.true(unknown.size < verdicts.length / 10)
      t.log(
        `${FORMS.length} forms, ${verdicts.filter((one) => !one.unknown).length} rules read back`,
      )
    } finally {
      iptables.remove()
    }
  })
