import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import type { Rehearsal } from '../../src/present/rehearsal-document.ts'
import { netplan } from '../commands/cli.ts'
import { rehearsalErrors } from '../documents.ts'
import type { TestNode } from '../node/harness.ts'
import type { Ended } from '../run.ts'

/** Nodes of other tests, which run meanwhile: they are none of those that a snapshot could have. */
const isOfOtherTests = (what: string): boolean => {
  const [, pid] = /^namespace t([0-9]+)x/.exec(what) ?? []
  return pid !== undefined && pid !== String(process.pid)
}

/** What a report says, checked against its schema. */
export const readRehearsal = ({ code, stdout, stderr }: Ended): Rehearsal => {
  const document = JSON.parse(stdout) as Rehearsal
  if ('error' in document) throw new Error(stdout + stderr)
  const errors = rehearsalErrors(document)
  if (errors !== '') throw new Error(`${errors}\n${stdout}\n${stderr}`)
  if (document.exitCode !== code)
    throw new Error(`${String(document.exitCode)} is not ${String(code)}`)
  return { ...document, leftOut: document.leftOut.filter(({ what }) => !isOfOtherTests(what)) }
}

export const rehearse = async (input: string, ...args: string[]): Promise<Rehearsal> =>
  readRehearsal(await netplan(['rehearse', '--json', ...args], { input }))

/** What others have on a node: of every kind that a copy has to have. */
export const addOthers = (node: TestNode): void => {
  const lines = [
    'link add name eth0 mtu 1450 address 02:11:22:33:44:55 type veth peer name far0',
    'link set dev eth0 up',
    'link set dev far0 up',
    'address add 192.0.2.10/24 dev eth0',
    'address add 198.51.100.4/24 dev eth0 valid_lft 3000 preferred_lft 2000',
    'address add 2001:db8::5/64 dev eth0 nodad',
    'route add default via 192.0.2.1',
    'route add 10.99.0.0/16 via 198.51.100.1 proto dhcp metric 100',
    'route add ::/0 via 2001:db8::1',
    'link add name docker0 type bridge',
    'address add 172.17.0.1/16 dev docker0',
    'link set dev docker0 up alias bridge-of-docker',
    'route add blackhole 10.246.0.0/24 table 100 proto static',
    'rule add priority 1500 from 10.244.0.0/24 table 77',
    'neighbour add 172.17.0.7 lladdr 02:00:00:00:0f:07 dev docker0 nud permanent',
  ]
  node.ip(lines.join('\n'))
  node.exec(['sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv4.conf.eth0.rp_filter=2'])
  const rules = [
    '*nat\n-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE\nCOMMIT',
    '*filter\n:FORWARD DROP [0:0]\n:DOCKER - [0:0]\n-A FORWARD -o docker0 -j DOCKER',
    '-A FORWARD -m comment --comment "of others" -j ACCEPT',
    '-A INPUT -p tcp --dport 22 -j ACCEPT\nCOMMIT\n',
  ].join('\n')
  node.exec(['sh', '-c', `iptables-restore <<'end'\n${rules}end\n`])
}

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

const linkOf = (path: string): string => {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

const kinds = ['net', 'mnt', 'pid', 'user'] as const

const pids = (): readonly string[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name))

const namespacesOf = (pid: string): readonly string[] =>
  kinds.map((kind) => linkOf(`/proc/${pid}/ns/${kind}`)).filter((text) => text !== '')

/** Processes that have this in their environment: ours hand it on to the machines that they make. */
const markedPids = (mark: string): readonly string[] =>
  pids().filter((pid) => read(`/proc/${pid}/environ`).includes(mark))

/** The namespaces of these processes that this process is not in. */
export const machinesOf = (mark: string): ReadonlySet<string> => {
  const own = new Set(namespacesOf('self'))
  return new Set(
    markedPids(mark)
      .flatMap(namespacesOf)
      .filter((name) => !own.has(name)),
  )
}

/** All processes, whosever, that are marked, or are in one of these namespaces. */
export const processesIn = (namespaces: ReadonlySet<string>, mark: string): readonly string[] => {
  const marked = new Set(markedPids(mark))
  return pids()
    .filter((pid) => marked.has(pid) || namespacesOf(pid).some((name) => namespaces.has(name)))
    .map((pid) => `${pid} ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`)
}

const listed = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder).map((name) => `${folder}/${name}`)
  } catch {
    return []
  }
}

/** What the nodes of other tests, which run meanwhile, have in the same folders. */
const isOfOthers = (line: string): boolean =>
  / shared:|^\/run\/(netns|nodeplan|mount|netplan-test-)|\/run\/netns/.test(line)

/** Mounts and files that a rehearsal could leave behind. */
export const leftNow = (): readonly string[] =>
  [
    ...readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n'),
    ...listed('/run'),
    ...listed('/tmp').filter((name) => /rehears|nodeplan/.test(name)),
  ].filter((line) => !isOfOthers(line))
