// Three namespaces in a row: a client, the node with the rules, and what its endpoints answer from.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { inside, run, tool } from './machine.js'

const MACS = {
  client: '02:00:00:00:00:01',
  node: '02:00:00:00:00:02',
  inner: '02:00:00:00:00:03',
  backend: '02:00:00:00:00:04',
}

/** What stands below here is that of one lab; several live side by side. */
export const openLab = async (name) => {
  const lab = { client: `${name}-c`, node: `${name}-n`, backend: `${name}-b` }
  for (const namespace of Object.values(lab)) run(['ip', 'netns', 'add', namespace])
  connect(lab)
  prepare(lab)
  return { ...lab, server: await serve(lab.backend) }
}

export const closeLab = ({ client, node, backend, server }) => {
  server.kill()
  for (const namespace of [client, node, backend]) run(['ip', 'netns', 'del', namespace])
}

// Neighbours are told, so that nothing waits for ARP and no other packet is on the way.
function connect({ client, node, backend }) {
  run(['ip', '-batch', '-'], veth('c0', client, 'client', 'n0', node, 'node'))
  run(['ip', '-batch', '-'], veth('n1', node, 'inner', 'b0', backend, 'backend'))
  batch(client, [
    ...end('c0', '10.2.0.1/24', '10.2.0.254', MACS.node),
    'route add default via 10.2.0.254',
  ])
  batch(node, [
    ...end('n0', '10.2.0.254/24', '10.2.0.1', MACS.client),
    ...end('n1', '10.4.0.254/24', '10.4.0.1', MACS.backend),
    'route add 10.3.0.0/16 via 10.2.0.1', // where the injector's packets say that they come from
    'route add 10.8.0.0/15 via 10.4.0.1', // the endpoints, and beside them what no service is
  ])
  batch(backend, [
    ...end('b0', '10.4.0.1/24', '10.4.0.254', MACS.inner),
    'route add default via 10.4.0.254',
    'route add local 10.8.0.0/16 dev lo', // every endpoint is here
  ])
}

const veth = (one, inOne, macOne, two, inTwo, macTwo) =>
  `link add dev ${one} netns ${inOne} address ${MACS[macOne]} type veth ` +
  `peer name ${two} netns ${inTwo} address ${MACS[macTwo]}\n`

const end = (device, address, neighbor, mac) => [
  `addr add ${address} dev ${device}`,
  `link set dev ${device} up`,
  `neigh replace ${neighbor} lladdr ${mac} dev ${device} nud permanent`,
]

const batch = (namespace, lines) =>
  run(['ip', '-n', namespace, '-batch', '-'], ['link set dev lo up', ...lines, ''].join('\n'))

// The injector's packets end as early as a rule can end them. What it and connect.pl leave in the
// tables of connections is to be short-lived: their size can be set on the machine outside only.
function prepare({ node, backend }) {
  const settings = [
    'net.ipv4.ip_forward=1',
    'net.ipv4.conf.all.rp_filter=0',
    'net.netfilter.nf_conntrack_tcp_timeout_time_wait=1',
    'net.netfilter.nf_conntrack_tcp_timeout_close=1',
  ]
  run(inside(node, ['sysctl', '-qw', ...settings]))
  const drop = ['-t', 'raw', '-A', 'PREROUTING', '-s', '10.3.0.0/16', '-j', 'DROP']
  run(inside(backend, ['iptables-legacy', '-w', ...drop]))
}

async function serve(namespace) {
  const [program, ...args] = inside(namespace, ['perl', tool('serve.pl'), '8080'])
  const server = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  await Promise.race([
    once(server.stdout, 'data'),
    once(server, 'exit').then(() => Promise.reject(new Error('the server of the lab has ended'))),
  ])
  return server
}

/** Loads rules into the lab's node, in place of those that are there. */
export const load = ({ node }, backend, rules) => {
  run(inside(node, [`iptables-${backend}-restore`, '-w', '5']), rules)
}

/** What connect.pl's lines tell: how many connections, and which of them went wrong. */
export const judge = (services, lines) => {
  const rights = new Map(services.map((service) => [service.address, service]))
  const isRight = (line) => {
    const [address, answer] = line.split(' ')
    const { endpoints, spare } = rights.get(address)
    return endpoints.includes(answer) || spare === answer
  }
  const answers = lines.split('\n').filter((line) => line !== '')
  return { count: answers.length, wrong: answers.filter((line) => !isRight(line)) }
}

/** Sends new connections that no one answers to one of the addresses each. */
export const inject = (lab, addresses, count, number) => {
  const argv = ['perl', tool('inject.pl'), 'c0', MACS.client, MACS.node, count, number].map(String)
  const cost = JSON.parse(run(inside(lab.client, argv), addresses.join('\n')))
  return { cpuUs: cost.cpuUs / count, wallUs: cost.wallUs / count, seen: takeConnections(lab) }
}

// Afterwards the table is as empty as before.
const takeConnections = ({ node }) => {
  const script = 'cat /proc/sys/net/netfilter/nf_conntrack_count; conntrack -F 2>/dev/null'
  return Number(run(inside(node, ['sh', '-c', script])))
}
