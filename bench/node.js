// The machine of the sandbox as a node, which is empty again after each work.
import { rmSync } from 'node:fs'
import { run } from './machine.js'

const linkNames = () =>
  JSON.parse(run(['ip', '-j', 'link', 'show']))
    .map(({ ifname }) => ifname)
    .filter((name) => name !== 'lo')

const namespaceNames = () => {
  const text = run(['ip', '-j', 'netns', 'list'])
  return text.trim() === '' ? [] : JSON.parse(text).map(({ name }) => name)
}

const batch = (lines) => run(['ip', '-batch', '-'], lines.map((line) => `${line}\n`).join(''))

// The kernel takes a group of devices away at once, where each one alone waits for all processors.
function removeLinks(names) {
  if (names.length === 0) return
  batch([...names.map((name) => `link set dev ${name} group 1`), 'link del group 1'])
}

/** Takes away all links and namespaces, and what netplan knows of them. */
export const clearNode = () => {
  removeLinks(linkNames())
  const namespaces = namespaceNames()
  if (namespaces.length > 0) batch(namespaces.map((name) => `netns del ${name}`))
  rmSync('/run/nodeplan', { recursive: true, force: true })
  settle(namespaces.length)
}

/** An empty namespace of this name, which stands for a node. */
export const makeNamespace = (name) => {
  removeNamespace(name)
  run(['ip', 'netns', 'add', name])
  run(['ip', '-n', name, 'link', 'set', 'dev', 'lo', 'up'])
}

export const removeNamespace = (name) => {
  if (namespaceNames().includes(name)) run(['ip', 'netns', 'del', name])
}

/** Takes away all rules. Afterwards the tables are there, if they were not before: only after what has rules. */
export const clearRules = () => {
  for (const program of ['iptables-nft-restore', 'ip6tables-nft-restore'])
    run([program], '*nat\nCOMMIT\n*filter\nCOMMIT\n')
}

/** The kernel goes on taking namespaces apart after they are gone; what is measured next is not to wait for it. */
function settle(count) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100 + 2 * count)
}
