// What is refused before anything is looked at: variables and configurations that are no good.
import test from 'ava'
import { readConfiguration } from '../../src/cni/configuration.ts'
import { readEnvironment } from '../../src/cni/environment.ts'
import { CniError } from '../../src/cni/errors.ts'

const environment = {
  CNI_COMMAND: 'ADD',
  CNI_CONTAINERID: 'abc',
  CNI_NETNS: '/run/netns/abc',
  CNI_IFNAME: 'eth0',
  CNI_PATH: '/opt/cni/bin',
}

const required: Readonly<Record<string, readonly string[]>> = {
  ADD: ['CNI_CONTAINERID', 'CNI_NETNS', 'CNI_IFNAME', 'CNI_PATH'],
  CHECK: ['CNI_CONTAINERID', 'CNI_NETNS', 'CNI_IFNAME', 'CNI_PATH'],
  DEL: ['CNI_CONTAINERID', 'CNI_IFNAME', 'CNI_PATH'],
  GC: ['CNI_PATH'],
  STATUS: ['CNI_PATH'],
}

for (const [command, names] of Object.entries(required)) {
  for (const name of names)
    test(`${command} without ${name}`, (t) => {
      for (const value of [undefined, '']) {
        const message = `required env variables [${name}] missing`
        const env = { ...environment, CNI_COMMAND: command, [name]: value }
        const error = t.throws(() => readEnvironment(env), { instanceOf: CniError, message })
        t.is(error.code, 4)
      }
    })
  test(`${command} takes what it needs, and no more is asked for`, (t) => {
    const env = Object.fromEntries(names.map((name) => [name, environment[name as 'CNI_PATH']]))
    t.is<string, string>(readEnvironment({ CNI_COMMAND: command, ...env }).command, command)
  })
}

test('all that is missing is told at once', (t) => {
  const message = 'required env variables [CNI_CONTAINERID,CNI_NETNS,CNI_IFNAME,CNI_PATH] missing'
  t.throws(() => readEnvironment({ CNI_COMMAND: 'ADD' }), { message })
})

const wrongVariables: readonly (readonly [string, string, string])[] = [
  ['CNI_COMMAND', 'add', 'unknown CNI_COMMAND: add'],
  ['CNI_COMMAND', 'REMOVE', 'unknown CNI_COMMAND: REMOVE'],
  ['CNI_COMMAND', 'constructor', 'unknown CNI_COMMAND: constructor'],
  ...['-abc', 'a/b', '../abc', 'a b', 'ä', 'a\nb', '.', '_a', 'a:b'].map(
    (id) =>
      ['CNI_CONTAINERID', id, 'CNI_CONTAINERID has characters that it must not have'] as const,
  ),
  ...['.', '..', 'a/b', 'a:b', 'a b', 'a\tb', 'a\nb', 'sixteen-letters1'].map(
    (name) => ['CNI_IFNAME', name, 'CNI_IFNAME is no name of a device'] as const,
  ),
  ['CNI_ARGS', 'IgnoreUnknown', 'CNI_ARGS: "IgnoreUnknown" is no KEY=VALUE'],
  ['CNI_ARGS', '=1', 'CNI_ARGS: "=1" is no KEY=VALUE'],
  ['CNI_ARGS', 'A=1;;B', 'CNI_ARGS: "B" is no KEY=VALUE'],
]

for (const [name, value, message] of wrongVariables)
  test(`${name}=${JSON.stringify(value)}`, (t) => {
    const env = { ...environment, [name]: value }
    const error = t.throws(() => readEnvironment(env), { instanceOf: CniError, message })
    t.is(error.code, 4)
  })

test('arguments are pairs; a value may have a sign of equality, or nothing', (t) => {
  const { args } = readEnvironment({ ...environment, CNI_ARGS: 'A=1;B=x=y;;C=' })
  t.deepEqual(
    [...args],
    [
      ['A', '1'],
      ['B', 'x=y'],
      ['C', ''],
    ],
  )
})

const network = { cniVersion: '1.1.0', name: 'pods', type: 'netplan-cni' }

const read = (config: unknown, args: Readonly<Record<string, string>> = {}): unknown => {
  const json = typeof config === 'string' ? config : JSON.stringify(config)
  return readConfiguration(json, new Map(Object.entries(args)))
}

const noJson: readonly string[] = ['', '{', 'nonsense', '[]', '[{}]', '"text"', '1', 'null', 'true']

for (const json of noJson)
  test(`standard input is ${JSON.stringify(json)}`, (t) => {
    const error = t.throws(() => read(json), {
      instanceOf: CniError,
      message: /is no (JSON|object)/,
    })
    t.is(error.code, 6)
  })

for (const cniVersion of [undefined, '', '0.1.0', '0.2.0', '1.2.0', '1.0', '2.0.0', 'latest'])
  test(`version ${String(cniVersion)}`, (t) => {
    const message = 'incompatible CNI versions'
    const error = t.throws(() => read({ ...network, cniVersion }), {
      ...{ instanceOf: CniError, message },
    })
    t.is(error.code, 1)
  })

/** Code 2, with what asks for it. */
const unsupported: readonly object[] = [
  { vlan: 5 },
  { vlanTrunk: [{ id: 5 }] },
  { macspoofchk: true },
  { enabledad: true },
  { disableContainerInterface: true },
  { forceAddress: true },
  { ipMasqBackend: 'nftables' },
]

for (const config of unsupported)
  test(`not supported: ${JSON.stringify(config)}`, (t) => {
    const message = /^netplan-cni (does not support|masquerades by iptables)/
    const error = t.throws(() => read({ ...network, ...config }), {
      ...{ instanceOf: CniError, message },
    })
    t.is(error.code, 2)
    t.true(error.details.startsWith(Object.keys(config)[0]!))
  })

test('what is switched off does no harm, nor does what nobody knows', (t) => {
  const off = { vlan: 0, vlanTrunk: [], macspoofchk: false, enabledad: null, forceAddress: false }
  t.notThrows(() => read({ ...network, ...off, ipMasqBackend: 'iptables', whatever: { a: 1 } }))
})

/** Each key with a value of each wrong type: what it is to be is told, with its name. */
const types: Readonly<Record<string, readonly string[]>> = {
  text: [
    ...['cniVersion', 'name', 'type', 'bridge', 'logFile', 'ipam.type', 'ipam.dataDir'],
    ...['ipam.subnet', 'ipam.rangeStart', 'ipam.gateway', 'runtimeConfig.mac', 'args.cni.mac'],
    ...['dns.domain'],
  ],
  'true or false': [
    ...['isGateway', 'isDefaultGateway', 'ipMasq', 'hairpinMode', 'promiscMode', 'portIsolation'],
  ],
  'a whole number': ['mtu'],
  'an object': ['ipam', 'runtimeConfig', 'args', 'args.cni', 'dns', 'prevResult', 'ipam.dns'],
  'a list': [
    ...[
      'ipam.ranges',
      'ipam.routes',
      'ipam.reserved',
      'runtimeConfig.portMappings',
      'args.cni.ips',
    ],
    ...['runtimeConfig.ips', 'runtimeConfig.ipRanges', 'dns.nameservers', 'dns.search'],
    ...['prevResult.ips', 'prevResult.interfaces', 'prevResult.routes'],
    'cni.dev/valid-attachments',
  ],
}

const samples: Readonly<Record<string, unknown>> = {
  text: 'x',
  'true or false': true,
  'a whole number': 1500,
  'an object': { a: 1 },
  'a list': ['x'],
}

const put = (key: string, value: unknown): Record<string, unknown> => {
  const [first = '', ...rest] = key.startsWith('cni.dev') ? [key] : key.split('.')
  return { [first]: rest.length === 0 ? value : put(rest.join('.'), value) }
}

const base = { subnet: '10.1.0.0/24' }

const withKey = (key: string, value: unknown): object => {
  const config = { ...network, ...put(key, value) } as Record<string, unknown>
  const ipam = config['ipam'] as object
  return key.startsWith('ipam.') ? { ...config, ipam: { ...base, ...ipam } } : config
}

for (const [say, keys] of Object.entries(types))
  for (const key of keys)
    test(`${key} is no ${say}`, (t) => {
      for (const [kind, value] of Object.entries(samples)) {
        if (kind === say) continue
        const message = `${key} is to be ${say}`
        const error = t.throws(() => read(withKey(key, value)), {
          ...{ instanceOf: CniError, message },
        })
        t.is(error.code, 7)
      }
    })

const ofList = (value: unknown): object => ({ runtimeConfig: { portMappings: [value] } })
const ofPort = (value: object): object => ofList({ hostPort: 80, containerPort: 80, ...value })
const ofIpam = (value: object): object => ({ ipam: { ...base, ...value } })
const ofResult = (value: object): object => ({ prevResult: value })

/** Code 7: of the right type, and still wrong. */
const invalid: readonly (readonly [object, RegExp])[] = [
  [{ name: undefined }, /^name is missing/],
  ...['a/b', '..', '-a', 'a b', 'ä'].map((name) => [{ name }, /^name is to be a name/] as const),
  ...['..', 'a/b', 'a b', 'a:b', 'sixteen-letters1', 'all', 'default'].map(
    (bridge) => [{ bridge }, /^bridge is to be a name of a device/] as const,
  ),
  ...[-1, 67, 65536, 1e9].map((mtu) => [{ mtu }, /^mtu is out of range/] as const),
  [{ mtu: 1500.5 }, /^mtu is to be a whole number/],
  ...['01:02:03:04:05:06', '02:03:04:05:06', '02-03-04-05-06-07', 'ff:ff:ff:ff:ff:ff', 'x'].map(
    (mac) => [{ runtimeConfig: { mac } }, /^mac is to be a MAC address/] as const,
  ),
  [{ hairpinMode: true, promiscMode: true }, /exclude each other/],
  [{ logFile: 'log' }, /^logFile is to be an absolute path/],
  [ofList(1), /^runtimeConfig.portMappings\[0\] is to be an object/],
  [ofList({ containerPort: 80 }), /hostPort is no port/],
  [ofPort({ hostPort: 65536 }), /hostPort is no port/],
  [ofPort({ hostPort: -1 }), /hostPort is no port/],
  [ofPort({ hostPort: '80' }), /hostPort is to be a whole number/],
  [ofPort({ containerPort: 0 }), /containerPort is no port/],
  [ofPort({ containerPort: 65536 }), /containerPort is no port/],
  [ofPort({ protocol: 'icmp' }), /protocol is to be tcp, udp or sctp/],
  [ofPort({ hostIP: 'localhost' }), /hostIP is to be an address/],
  [{ ipam: { type: 'a/b' } }, /^ipam.type is to be a name/],
  [{ ipam: { type: '..' } }, /^ipam.type is to be a name/],
  [{ ipam: { type: 'netplan-cni' } }, /^ipam has no ranges/],
  [{ ipam: { ranges: [] } }, /^ipam has no ranges/],
  [ofIpam({ subnet: '10.1.0.1/24' }), /^ipam.subnet has host bits set/],
  [ofIpam({ dataDir: 'relative' }), /^ipam.dataDir is to be an absolute path/],
  [ofIpam({ reserved: ['nonsense'] }), /^ipam.reserved is to be an address or a prefix/],
  [ofIpam({ reserved: ['default'] }), /^ipam.reserved is to be an address or a prefix/],
  [ofIpam({ reserved: [1] }), /^ipam.reserved\[0\] is to be text/],
  [ofIpam({ routes: [{}] }), /^ipam.routes\[0\].dst is to be a prefix/],
  [ofIpam({ routes: [{ dst: 'default' }] }), /^ipam.routes\[0\].dst is to be a prefix/],
  [ofIpam({ routes: [{ dst: '0.0.0.0/0', gw: '10/8' }] }), /routes\[0\].gw is to be an address/],
  [ofIpam({ routes: [{ dst: '0.0.0.0/0', mtu: 'x' }] }), /routes\[0\].mtu is to be a whole number/],
  [ofIpam({ routes: ['0.0.0.0/0'] }), /^ipam.routes\[0\] is to be an object/],
  [{ runtimeConfig: { ips: ['nonsense'] } }, /^an address that is asked for is to be an address/],
  [
    { args: { cni: { ips: ['10.1.0.1/33'] } } },
    /^an address that is asked for is to be an address/,
  ],
  [ofResult({ ips: [{}] }), /^prevResult.ips\[0\].address is to be an address with its prefix/],
  [ofResult({ ips: [{ address: '10.1.0.1' }] }), /ips\[0\].address is to be an address with its/],
  [ofResult({ ips: [{ address: '10.1.0.1/24', gateway: 'x' }] }), /gateway is to be an address/],
  [ofResult({ interfaces: ['eth0'] }), /^prevResult.interfaces\[0\] is to be an object/],
  [{ 'cni.dev/valid-attachments': ['abc'] }, /valid-attachments\[0\] is to be an object/],
]

for (const [config, message] of invalid)
  test(`wrong: ${JSON.stringify(config)}`, (t) => {
    const error = t.throws(() => read({ ...network, ...config }), {
      ...{ instanceOf: CniError, message },
    })
    t.is(error.code, 7)
  })

for (const [args, message] of [
  [{ IP: 'nonsense' }, /^an address that is asked for/],
  [{ IP: '10.1.0.1,' }, /^an address that is asked for/],
  [{ MAC: 'nonsense' }, /^mac is to be/],
] as const)
  test(`wrong: CNI_ARGS ${JSON.stringify(args)}`, (t) => {
    const error = t.throws(() => read(network, args), { instanceOf: CniError, message })
    t.is(error.code, 7)
  })

test('an address is asked for by the runtime, else by args of the configuration, else by CNI_ARGS', (t) => {
  const args = new Map([['IP', '10.1.0.3,fd00::3']])
  const ask = (config: object): readonly string[] =>
    readConfiguration(JSON.stringify({ ...network, ...config }), args).requested
  const cni = { ips: ['10.1.0.2'] }
  t.deepEqual(ask({}), ['10.1.0.3', 'fd00::3'])
  t.deepEqual(ask({ args: { cni } }), ['10.1.0.2'])
  t.deepEqual(ask({ args: { cni }, runtimeConfig: { ips: ['10.1.0.1/24'] } }), ['10.1.0.1/24'])
  t.deepEqual(ask({ args: { cni }, runtimeConfig: { ips: [] } }), ['10.1.0.2'])
})

test('what Go leaves empty is not there', (t) => {
  const empty = { bridge: '', mtu: 0, dns: null, ipam: {}, prevResult: null, runtimeConfig: null }
  const { bridge, mtu, ipam, prevResult } = readConfiguration(
    JSON.stringify({ ...network, ...empty }),
  )
  t.deepEqual({ bridge, mtu, ipam, prevResult }, {
    ...{ bridge: 'cni0', mtu: undefined, ipam: { by: 'nobody' }, prevResult: undefined },
  } as never)
})
