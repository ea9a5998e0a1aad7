import test from 'ava'
import type { Failure } from '../../src/commands/failure.ts'
import { sh } from '../node/harness.ts'
import type { FleetMember } from './fleets.ts'
import { applyMember, destroyMember, openMachines, withFile } from './machines.ts'

const addressOf = (namespace: string): string => {
  const shown = sh(['ip', '-n', namespace, '-j', '-4', 'address', 'show', 'dev', 'eth0'])
  const [link] = JSON.parse(shown) as readonly {
    readonly addr_info: readonly { local: string }[]
  }[]
  return link?.addr_info.map(({ local }) => local).join(' ') ?? ''
}

test('pods come and go, and each keeps the address that it was given first', async (t) => {
  const machines = openMachines()
  const name = `${machines.prefix}-n0`
  const member: FleetMember = { name, subnet: 0, addresses: ['192.168.0.7/24'], pods: [] }
  machines.add(member)
  const pod = (short: string): string => `${machines.prefix}-${short}`
  const fileOf = (pods: readonly string[]): string =>
    JSON.stringify({
      cluster: {
        podCIDR: '10.244.0.0/29',
        reserved: ['10.244.0.4'],
        nodes: { [name]: { address: '192.168.0.7', podCIDR: '10.244.0.0/29' } },
      },
      pods: Object.fromEntries(pods.map((short) => [pod(short), {}])),
    })
  const apply = async (pods: readonly string[]): Promise<readonly string[]> => {
    const { plan } = await withFile(fileOf(pods), (file) => applyMember(file, name))
    return plan.changes.filter(({ action }) => action !== 'create').map(({ title }) => title)
  }
  const addresses = (pods: readonly string[]): readonly string[] =>
    pods.map((short) => addressOf(pod(short)))
  try {
    await apply(['m', 'n'])
    t.deepEqual(addresses(['m', 'n']), ['10.244.0.2', '10.244.0.3'])
    t.deepEqual(await apply(['n', 'a', 'm']), [])
    t.deepEqual(addresses(['a', 'm', 'n']), ['10.244.0.5', '10.244.0.2', '10.244.0.3'])
    await apply(['n', 'a'])
    t.deepEqual(addresses(['a', 'n']), ['10.244.0.5', '10.244.0.3'])
    // What has become free is the lowest again.
    t.deepEqual(await apply(['n', 'z', 'a', 'b']), [])
    const all = ['10.244.0.5', '10.244.0.2', '10.244.0.3', '10.244.0.6']
    t.deepEqual(addresses(['a', 'b', 'n', 'z']), all)
    const refused = await t.throwsAsync<Failure>(apply(['n', 'z', 'a', 'b', 'c']))
    const [problem] = refused.details.diagnostics
    t.regex(problem?.message ?? '', /^no address is left for pod .*: all of 10\.244\.0\.0\/29/)
    t.deepEqual(addresses(['a', 'b', 'n', 'z']), all)
    await withFile(fileOf(['n', 'z', 'a', 'b']), (file) => destroyMember(file, name))
  } finally {
    machines.remove()
  }
})
