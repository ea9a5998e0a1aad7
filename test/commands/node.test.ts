import { spawn } from 'node:child_process'
import { once } from 'node:events'
import test from 'ava'
import { readDocuments } from '../documents.ts'
import { createNode } from '../node/harness.ts'
import { bridge, netplan } from './cli.ts'

/** A process in the namespace, as a container has one. */
const inhabit = async (
  netns: string,
): Promise<{ readonly pid: string; readonly end: () => void }> => {
  const argv = [`--net=/run/netns/${netns}`, '--', 'sh', '-c', 'echo ready; exec sleep 60']
  const child = spawn('nsenter', argv, { stdio: ['ignore', 'pipe', 'ignore'] })
  await once(child.stdout, 'data')
  return { pid: String(child.pid), end: () => void child.kill() }
}

test.serial('--netns by name, path and process, and NETPLAN_NETNS are the same node', async (t) => {
  const node = createNode()
  const { pid, end } = await inhabit(node.name)
  try {
    const applied = await netplan(['apply', '--auto-approve', '--netns', pid], { input: bridge })
    t.is(applied.code, 0, applied.stderr)
    t.regex(node.ip('address show dev br0'), /inet 10\.9\.0\.1\/24/)
    for (const netns of [node.name, `/run/netns/${node.name}`, pid, `/proc/${pid}/ns/net`]) {
      const { code, stdout } = await netplan(['check', '--json', '--netns', netns], {
        input: bridge,
      })
      t.is(code, 0, netns)
      t.like(readDocuments(stdout), [{ node: netns, observed: 2, changes: [] }])
    }
    const env = { NETPLAN_NETNS: node.name }
    t.is((await netplan(['check'], { input: bridge, env })).code, 0)
    t.is((await netplan(['check'], { input: bridge, netns: node.name })).code, 0)
    const destroyed = await netplan(['destroy', '--auto-approve', '--netns', node.name], {
      input: bridge,
    })
    t.is(destroyed.code, 0)
    t.is(node.ip('-o link show type bridge'), '')
  } finally {
    end()
    node.remove()
  }
})

test.serial('two nodes of one machine do not meet', async (t) => {
  const [one, two] = [createNode(), createNode()]
  try {
    await netplan(['apply', '--auto-approve', '--netns', one.name], { input: bridge })
    t.is((await netplan(['check', '--netns', one.name], { input: bridge })).code, 0)
    t.is((await netplan(['check', '--netns', two.name], { input: bridge })).code, 2)
    t.is(two.ip('-o link show type bridge'), '')
  } finally {
    one.remove()
    two.remove()
  }
})

test.serial('show: what the node has, and whose it is', async (t) => {
  const node = createNode()
  try {
    await netplan(['apply', '--auto-approve', '--netns', node.name], { input: bridge })
    node.ip('link add name other type bridge')
    const all = await netplan(['show', '--netns', node.name], { input: bridge })
    t.is(
      all.stdout,
      `# What node ${node.name} has.

bridges:
  br0: { addresses: [ 10.9.0.1/24 ] }
  other: { up: false }
`,
    )
    const ours = `# What netplan has on node ${node.name}.

bridges:
  br0: { addresses: [ 10.9.0.1/24 ] }
`
    const at = ['--netns', node.name]
    const byFile = await netplan(['show', '--owned', ...at], { input: bridge })
    t.is(byFile.stdout, ours)
    const byName = await netplan(['show', '--owned', '--owner', 'netplan', ...at])
    t.is(byName.stdout, ours)
    const nobody = await netplan(['show', '--owned', '--owner', 'x', '--netns', node.name])
    t.is(nobody.stdout, `# What x has on node ${node.name}.\n\nowner: x\n`)
    const owned = await netplan(['show', '--owned', '--json', '--netns', node.name], {
      input: bridge,
    })
    const [document] = readDocuments(owned.stdout)
    t.like(document, {
      formatVersion: '1.0',
      node: node.name,
      owner: 'netplan',
      objects: [{ address: 'bridge br0' }, { address: 'address 10.9.0.1/24 on br0' }],
    })
  } finally {
    node.remove()
  }
})
