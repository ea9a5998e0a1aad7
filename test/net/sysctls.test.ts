import test from 'ava'
import { isSysctlKey, sysctlPath, sysctlValue } from '../../src/net/sysctls.ts'

test('both spellings lead to one path', (t) => {
  t.is(sysctlPath('net.ipv4.ip_forward'), 'net/ipv4/ip_forward')
  t.is(sysctlPath('net/ipv4/ip_forward'), 'net/ipv4/ip_forward')
  t.is(sysctlPath('net.ipv4.conf.eth0/100.rp_filter'), 'net/ipv4/conf/eth0.100/rp_filter')
  t.is(sysctlPath('net/ipv4/conf/eth0.100/rp_filter'), 'net/ipv4/conf/eth0.100/rp_filter')
})

test('keys stay below net', (t) => {
  t.true(isSysctlKey('net.ipv4.ip_forward'))
  for (const key of [
    'net',
    'net.',
    'net..x',
    'net/../kernel/panic',
    'net./.x',
    'kernel.panic',
    '',
  ]) {
    t.false(isSysctlKey(key), key)
  }
})

test('values are text', (t) => {
  t.is(sysctlValue(true), '1')
  t.is(sysctlValue(false), '0')
  t.is(sysctlValue(7), '7')
  t.is(sysctlValue('4096 16384'), '4096 16384')
})
