import test from 'ava'
import { renderExplanation } from '../../src/config/explain-text.ts'
import { explain, type Explanation } from '../../src/config/explain.ts'
import { childNode, resolveNode, rootNode, type SchemaNode } from '../../src/config/schema-nodes.ts'

const explained = (path: string): Explanation => {
  const result = explain(path)
  if (!result.ok) throw new Error(result.message)
  return result.explanation
}

const listPaths = (node: SchemaNode, path: readonly string[]): readonly (readonly string[])[] => {
  const entry = childNode(node, '*')
  const keys = Object.keys(node.properties ?? {})
  const below =
    entry && !node.properties
      ? [['*', entry] as const]
      : keys.map((key) => [key, childNode(node, key)] as const)
  return [path, ...below.flatMap(([key, child]) => (child ? listPaths(child, [...path, key]) : []))]
}

test('every key of the schema is explained', (t) => {
  const paths = listPaths(resolveNode(rootNode), [])
  t.true(paths.length > 200)
  for (const path of paths) {
    const { description, type, path: canonical } = explained(path.join('.'))
    t.is(canonical, path.join('.'))
    t.not(description, '', canonical)
    t.not(type, '', canonical)
  }
})

test('a path with and without the name leads to the same', (t) => {
  const paths = ['vxlans.id', 'vxlans.*.id', 'vxlans.vxlan10.id']
  for (const path of paths) t.deepEqual(explained(path), explained('vxlans.id'))
  for (const path of [
    'routes.via',
    'routes[].via',
    'routes[0].via',
    'routes.0.via',
    'routes.*.via',
  ]) {
    t.is(explained(path).path, 'routes.*.via')
  }
  t.is(explained('veths.peer.mtu').path, 'veths.*.peer.mtu')
  t.is(explained('sysctls.net.ipv4.ip_forward').path, 'sysctls.*')
})

test('what is known of a value', (t) => {
  t.deepEqual(explained('vxlans.port'), {
    description: 'The UDP port.',
    path: 'vxlans.*.port',
    type: 'a whole number from 1 to 65535',
    default: 4789,
    minimum: 1,
    maximum: 65535,
    required: false,
    replaces: true,
  })
  t.true(explained('vxlans.id').required)
  t.deepEqual(explained('routes.type').enum, ['unicast', 'blackhole', 'unreachable', 'prohibit'])
  t.deepEqual(explained('veths').keys?.find(({ name }) => name === 'peer')?.required, true)
})

test('a near miss says what was probably meant', (t) => {
  t.deepEqual(explain('vxlan.id'), {
    ok: false,
    message: 'no section "vxlan"',
    hint: 'did you mean "vxlans"?',
  })
  t.deepEqual(explain('vxlans.prot'), {
    ok: false,
    message: 'vxlans has no key "prot"',
    hint: 'did you mean "port"?',
  })
  const none = explain('bridges.*.colour')
  t.true(!none.ok && none.hint?.startsWith('it has namespace, up, mtu'))
  t.false(explain('version.x').ok)
})

test('as text', (t) => {
  t.is(
    renderExplanation(explained('vxlans.port')),
    `vxlans.*.port: a whole number from 1 to 65535

  The UDP port.

  Default: 4789
  A change of it deletes the object and creates another.`,
  )
  t.is(
    renderExplanation(explained('namespaces.routes.nexthops')),
    `namespaces.*.routes.*.nexthops: a list

  Several next hops: flows are spread over them by weight. Instead of \`via\` and \`device\`.

  via     an IPv4 or IPv6 address
          The gateway.
  device  a device name
          The device to send by; not declared, the kernel finds it from the gateway.
  weight  a whole number from 1 to 256
          Share of the flows, 1 to 256.
  onlink  true or false
          Take the gateway as reachable on the device although no route says so.`,
  )
  t.true(renderExplanation(explained('')).startsWith('A configuration file: a mapping\n'))
})
