import test from 'ava'
import { toEtcdError } from '../../../src/sources/etcd/error.ts'

const wordOf = (code: string): string => toEtcdError(Object.assign(new Error(''), { code })).reason

test('whatever a resolver, the kernel or OpenSSL says is told and tried again', (t) => {
  for (const code of ['EAI_FAIL', 'EAI_SYSTEM', 'EAI_MEMORY', 'ENOTFOUND', 'EHOSTDOWN', 'EMFILE'])
    t.is(wordOf(code), 'refused', code)
  const certificates = [
    'INVALID_PURPOSE',
    'INVALID_CA',
    'PATH_LENGTH_EXCEEDED',
    'HOSTNAME_MISMATCH',
  ]
  for (const code of [...certificates, 'CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID'])
    t.is(wordOf(code), 'tls', code)
  t.is(wordOf('HPE_INVALID_CONSTANT'), 'http')
})

test('what is a bug of ours stays one', (t) => {
  t.throws(() => wordOf('ERR_INVALID_ARG_TYPE'))
  t.throws(() => toEtcdError(new TypeError('x is undefined')), { instanceOf: TypeError })
})
