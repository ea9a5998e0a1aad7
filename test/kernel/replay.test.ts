import test from 'ava'
import { openReader } from '../../src/kernel/open.ts'
import { checkSnapshot } from '../../src/kernel/parse-snapshot.ts'
import { replay } from '../../src/kernel/replay.ts'

const lines = ['addr show', 'route show table all', 'rule show', 'neigh show', 'neigh show proxy']
const outputs = [
  {
    argv: ['ip', '-j', '-N', '-d', '-batch', '-'],
    stdin: [...lines, 'netns list-id', ''].join('\n'),
    code: 0,
    stdout: '[{"ifname":"lo"}]\n[]\n[]\n[]\n[]\n[{"nsid":3,"name":"b"}]\n',
    stderr: '',
  },
  { argv: ['ip', '-6', '-j', '-N', '-d', 'rule', 'show'], code: 0, stdout: '[]\n', stderr: '' },
]

/** As netplan 0.1 wrote it: the numbers of namespaces were asked for along with the rest, everywhere. */
const older = checkSnapshot(
  {
    formatVersion: '1.0',
    type: 'snapshot',
    node: { name: 'n', given: null, netns: null, hostname: 'n', inode: 1, born: null },
    versions: { netplan: '0.1.0', ip: null, iptables: null },
    sshConnection: null,
    notice: null,
    firewall: null,
    owners: [],
    named: ['a'],
    namespaces: [
      { name: '', path: null, exists: true, outputs, sysctls: {} },
      {
        ...{ name: 'a', path: '/run/netns/a', exists: true, inode: 2, stale: false },
        ...{ outputs, sysctls: {} },
      },
    ],
  },
  'older.json',
)

test('an older snapshot answers who asks for less of a namespace', async (t) => {
  const reader = await openReader({ path: undefined }, [{ name: 'a', path: '/run/netns/a' }], {
    records: new Map(),
    answers: replay(older, 'older.json'),
  })
  for (const namespace of ['', 'a']) {
    const { links, proxies } = await reader.ip(namespace)
    t.deepEqual(
      links.map(({ ifname }) => ifname),
      ['lo'],
    )
    t.deepEqual(proxies, [])
    t.deepEqual(await reader.namespaceIds(namespace), [{ nsid: 3, name: 'b' }])
  }
})

test('what it was not asked is still an error', async (t) => {
  const answers = replay(older, 'older.json')
  const argv = ['ip', '-j', '-N', '-d', '-batch', '-']
  await t.throwsAsync(answers.run({ argv, netns: undefined, stdin: 'rule show\n' }), {
    message: /has no output of "ip -j -N -d -batch -" with this input of the node itself/,
  })
})
