// P(n) as netplan reads it.
import { stringify } from 'yaml'

/** The address of the bridge. */
export const GATEWAY = '10.1.255.254'

export const podsConfig = (n) => {
  const numbers = Array.from({ length: n }, (_, index) => index + 1)
  return {
    version: 1,
    namespaces: Object.fromEntries(numbers.map((number) => [`pod${number}`, {}])),
    bridges: { br0: { addresses: [`${GATEWAY}/16`] } },
    veths: Object.fromEntries(numbers.map((number) => [`veth${number}`, veth(number)])),
  }
}

const veth = (number) => ({
  bridge: 'br0',
  peer: {
    name: 'eth0',
    namespace: `pod${number}`,
    addresses: [`10.1.${number >> 8}.${number & 255}/16`],
    routes: [{ to: 'default', via: GATEWAY }],
  },
})

/** As a person would write it. */
export const podsText = (n) => stringify(podsConfig(n))
