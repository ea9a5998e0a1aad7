import test from 'ava'
import {
  committedBefore,
  deleteChain,
  editBuiltIn,
  isRestore,
  mergeRestores,
  restoreCommand,
  writeChain,
} from '../../src/iptables/restore.ts'

test('edits of one table become one transaction, which needs no order', (t) => {
  const { text } = mergeRestores([
    editBuiltIn('nat', 'PREROUTING', {
      remove: ['-j NP1-OLD'],
      insert: ['I PREROUTING 1 -j NP1-A'],
    }),
    writeChain('nat', 'NP1-A', ['-p tcp -g NP1-B', '']),
    deleteChain('nat', 'NP1-OLD'),
    writeChain('nat', 'NP1-B', []),
  ])
  t.is(
    text,
    `*nat
:NP1-A - [0:0]
:NP1-OLD - [0:0]
:NP1-B - [0:0]
-D PREROUTING -j NP1-OLD
-I PREROUTING 1 -j NP1-A
-A NP1-A -p tcp -g NP1-B
-A NP1-A
-X NP1-OLD
COMMIT
`,
  )
})

test('tables follow each other so that packets are let through before they are sent elsewhere', (t) => {
  const { text } = mergeRestores(
    ['nat', 'filter', 'raw', 'mangle'].map((table) => writeChain(table, 'NP1-A', [])),
  )
  t.deepEqual(text.match(/^\*\w+/gm), ['*raw', '*mangle', '*filter', '*nat'])
})

test('a line that is refused leads to its edit, and to what was committed before it', (t) => {
  const merged = mergeRestores([
    writeChain('nat', 'NP1-A', ['-j NP1-NOWHERE']),
    writeChain('filter', 'NP1-B', ['-j ACCEPT']),
    writeChain('filter', 'NP1-C', []),
  ])
  const lines = merged.text.split('\n')
  const at = lines.indexOf('-A NP1-A -j NP1-NOWHERE') + 1
  t.is(merged.edits[at - 1], 0)
  t.is(committedBefore(merged, at), 2, 'the filter table is done')
  t.is(committedBefore(merged, lines.indexOf('-A NP1-B -j ACCEPT') + 1), 0)
  t.is(committedBefore(merged, lines.indexOf('COMMIT') + 1), 0, 'refused as it is committed')
})

test('programs have the name of their backend, where the system has such names', (t) => {
  t.deepEqual(restoreCommand('inet6', { backend: 'legacy', plain: false }), [
    ...['ip6tables-legacy-restore', '--noflush', '-w', '5'],
  ])
  const [plain = ''] = restoreCommand('inet', { backend: 'nft', plain: true })
  t.is(plain, 'iptables-restore')
  t.true(isRestore([plain]))
  t.false(isRestore(['iptables-nft-save']))
  t.false(isRestore([]))
})
