import { renameSync, statSync } from 'node:fs'
import test from 'ava'
import { stateDirectory } from '../../src/kernel/state.ts'
import { netplan } from '../commands/cli.ts'
import { sh } from '../node/harness.ts'

const input = 'sysctls: { net.ipv4.ip_forward: 1 }\nbridges: { br0: {} }\n'

test('what was noted of a namespace that is gone is not true of the next with its inode', async (t) => {
  const name = `inode-${process.pid}`
  const make = (): number => {
    sh(['ip', 'netns', 'add', name])
    return statSync(`/run/netns/${name}`).ino
  }
  const inode = make()
  try {
    t.is((await netplan(['apply', '--auto-approve', '--netns', name], { input })).code, 0)
    sh(['ip', 'netns', 'delete', name])
    // The kernel gives the lowest free one, which other tests may have taken meanwhile.
    const next = make()
    if (next !== inode) renameSync(`${stateDirectory}/${inode}`, `${stateDirectory}/${next}`)
    t.is((await netplan(['rollback', '--netns', name])).code, 1, 'nothing was applied here')
    t.is((await netplan(['destroy', '--auto-approve', '--netns', name], { input })).code, 0)
    const { stdout } = await netplan(['plan', '--netns', name, '--json'], { input })
    t.regex(stdout, /"create": 1,\s+"update": 1/)
    t.is((await netplan(['apply', '--auto-approve', '--netns', name], { input })).code, 0)
    t.is((await netplan(['destroy', '--auto-approve', '--netns', name], { input })).code, 0)
    t.is(sh(['nsenter', `--net=/run/netns/${name}`, 'cat', '/proc/sys/net/ipv4/ip_forward']), '0\n')
  } finally {
    sh(['ip', 'netns', 'delete', name])
  }
})
