import test from 'ava'
import fc from 'fast-check'
import { macOf, vethOf } from '../../../src/config/cluster/names.ts'
import { addressAt } from '../../../src/net/subnets.ts'

const podNames = fc.oneof(
  fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,20}[a-z0-9])?$/),
  // What looks as a hash does.
  fc.stringMatching(/^[0-9a-f]{10}$/),
)

const addresses = fc.bigInt(0n, (1n << 32n) - 1n).map((place) => addressAt('0.0.0.0/0', place))

const addressesOf6 = fc.bigInt(0n, (1n << 64n) - 1n).map((place) => addressAt('fd00::/64', place))

test('the device of a pod has a name that the kernel takes', (t) => {
  fc.assert(
    fc.property(podNames, (name) => {
      t.regex(vethOf(name), /^veth-[a-z0-9.-]{1,10}$/)
      t.is(vethOf(name), vethOf(name))
    }),
  )
})

test('two pods have two devices, even where one is called as the hash of the other', (t) => {
  fc.assert(
    fc.property(podNames, (name) => {
      const tail = vethOf(name).slice('veth-'.length)
      t.is(vethOf(tail) === vethOf(name), tail === name)
    }),
  )
  fc.assert(
    fc.property(fc.uniqueArray(podNames, { minLength: 2, maxLength: 20 }), (names) => {
      t.is(new Set(names.map(vethOf)).size, names.length)
    }),
  )
})

test('names that are known', (t) => {
  t.is(vethOf('web-1'), 'veth-web-1')
  t.is(vethOf('0123456789'), 'veth-84d89877f0')
  t.is(vethOf('default.web'), 'veth-50f2467a4e')
})

test('the MAC address of an address is one of a unicast, given locally, and nobody else has it', (t) => {
  fc.assert(
    fc.property(addresses, addresses, (one, other) => {
      t.regex(macOf(one), /^[0-9a-f][26ae](:[0-9a-f]{2}){5}$/)
      t.is(macOf(one) === macOf(other), one === other)
    }),
  )
  fc.assert(
    fc.property(addressesOf6, (one) => {
      t.regex(macOf(one), /^[0-9a-f][26ae](:[0-9a-f]{2}){5}$/)
    }),
  )
  t.is(macOf('10.244.1.0'), '0a:58:0a:f4:01:00')
})
