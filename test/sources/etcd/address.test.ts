import test from 'ava'
import { parseAddress } from '../../../src/sources/etcd/address.ts'
import { SourceError } from '../../../src/sources/source.ts'

test('what names an etcd: members, a prefix, and whose keys it has', (t) => {
  t.deepEqual(parseAddress('etcd://192.0.2.1/netplan'), {
    kind: 'documents',
    endpoints: ['http://192.0.2.1:2379'],
    prefix: '/netplan/',
  })
  t.deepEqual(parseAddress('etcd+https://a.example:1234,[2001:db8::1]:99,[::1]/x/y/'), {
    kind: 'documents',
    endpoints: ['https://a.example:1234', 'https://[2001:db8::1]:99', 'https://[::1]:2379'],
    prefix: '/x/y/',
  })
  t.like(parseAddress('flannel+etcd://h/coreos.com/network'), {
    kind: 'flannel',
    prefix: '/coreos.com/network/',
  })
  t.like(parseAddress('flannel+etcd+https://h/coreos.com/network'), {
    endpoints: ['https://h:2379'],
  })
  t.is(parseAddress('kubernetes'), undefined)
  t.is(parseAddress('/etc/etcd.yaml'), undefined)
})

test('what is no address says what one is', (t) => {
  for (const text of ['etcd:', 'etcd://', 'etcd://h', 'etcd://h/', 'etcd:///x/', 'etcd://a b/x/'])
    t.throws(() => parseAddress(text), { instanceOf: SourceError, message: /as in etcd:\/\/192/ })
})

test('a password on the command line is refused, and not repeated', (t) => {
  const error = t.throws(() => parseAddress('etcd://root:s3cret@h:2379/x/'))
  t.regex(error.message, /ETCDCTL_USER/)
  t.notRegex(error.message, /s3cret|root/)
})
