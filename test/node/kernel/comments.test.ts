import test from 'ava'
import { changesOf, nodeFor } from '../story.ts'
import { failureOf } from '../harness.ts'

const longest = `${'ü'.repeat(127)}!`

// A text in YAML's double quotes, and as iptables-save prints it.
const comments = [
  { yaml: 'forward', saved: 'forward' },
  { yaml: 'default from podCIDR', saved: '"default from podCIDR"' },
  {
    yaml: String.raw`it's a \"quote\" \\ -j DROP`,
    saved: String.raw`"it\'s a \"quote\" \\ -j DROP"`,
  },
  { yaml: '%s $HOME `id` # * ;', saved: '"%s $HOME `id` # * ;"' },
  { yaml: '-', saved: '-' },
  { yaml: '!', saved: '"!"' },
  { yaml: longest, saved: `"${longest}"` },
]

for (const backend of ['nft', 'legacy'] as const)
  test(`a comment is read back as it was written, by iptables-${backend}`, async (t) => {
    const node = nodeFor(t)
    const yaml = `
version: 1
forwarding:
${comments.map((one) => `  - { source: 10.244.0.0/16, protocol: tcp, ports: 80, comment: "${one.yaml}" }`).join('\n')}
  - { source: 'fd00:244::/48', comment: "of pods" }
masquerade:
  - { source: 10.244.0.0/16, exceptOutInterface: br0, comment: "to the world" }
  - { source: 'fd00:244::/48', exceptOutInterface: br0, comment: "to the world" }
`
    const options = { iptables: backend }
    t.is(failureOf(await node.apply(yaml, options)), undefined)
    t.deepEqual(changesOf(await node.plan(yaml, options)), [])
    const saved = (family: string, table: string): string[] =>
      node
        .exec([`${family}-${backend}-save`, '-t', table])
        .split('\n')
        .filter((line) => line.includes('--comment'))
        .map((line) => line.replace(/^-A NP\d+-/, ''))
    t.deepEqual(
      saved('iptables', 'filter'),
      comments.map(
        ({ saved: text }) =>
          `FORWARD -s 10.244.0.0/16 -p tcp -m comment --comment ${text} -m tcp --dport 80 -j ACCEPT`,
      ),
    )
    t.deepEqual(saved('ip6tables', 'filter'), [
      'FORWARD -s fd00:244::/48 -m comment --comment "of pods" -j ACCEPT',
    ])
    const rule = '! -o br0 -m comment --comment "to the world" -j MASQUERADE --random-fully'
    t.deepEqual(saved('iptables', 'nat'), [`MASQUERADE -s 10.244.0.0/16 ${rule}`])
    t.deepEqual(saved('ip6tables', 'nat'), [`MASQUERADE -s fd00:244::/48 ${rule}`])
    const changed = changesOf(await node.plan(yaml.replace('of pods', 'others'), options))
    t.is(changed.length, 1)
    t.regex(changed[0] ?? '', /^update chain ip6 filter NP\d+-FORWARD/)
  })
