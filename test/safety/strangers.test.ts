import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { nodeFor, prepare } from '../node/story.ts'
import { tryApply } from '../rollback/trial.ts'

test('a namespace that somebody else made between plan and step stays, whatever is in it', async (t) => {
  for (const content of ['', 'link add name theirs type bridge']) {
    const node = nodeFor(t)
    const pod = node.ns('pod')
    const session = await node.open(`{ namespaces: { ${pod}: {} }, bridges: { br0: {} } }`)
    const made = async (): Promise<void> => {
      node.exec(['ip', 'netns', 'add', pod])
      prepare(node, content, pod)
      await sleep(100)
    }
    const { applied } = await tryApply(session, undefined, made)
    t.is(applied === 'killed' ? '' : applied.outcome, 'undone')
    t.regex(node.exec(['ip', 'netns', 'list']), new RegExp(`^${pod}\\b`, 'm'))
    if (content !== '') t.regex(node.ip('link show', pod), /theirs/)
    t.notRegex(node.ip('link show'), /br0/)
    node.exec(['ip', 'netns', 'delete', pod])
  }
})
