import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { openKubernetes } from '../../../src/sources/kubernetes/index.ts'
import { root, run } from '../../run.ts'
import { writeKubeconfig } from './stage.ts'

const missing = '/nowhere/kubeconfig'

test('sources of two servers have two names, also where the same words ask for them', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'netplan-kubeconfig-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const nameOf = (server: string): string | undefined => {
    const path = writeKubeconfig(folder, server, Buffer.from('none'))
    return openKubernetes(`kubernetes:${path}?context=here`)?.name
  }
  const [one = '', other = ''] = ['https://192.0.2.1:6443', 'https://192.0.2.2:6443'].map(nameOf)
  t.true(one.endsWith(' at https://192.0.2.1:6443'), one)
  t.true(other.endsWith(' at https://192.0.2.2:6443'), other)
})

test('the program says which package it takes, and takes it from beside it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'netplan-package-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  for (const part of ['bin', 'dist', 'package.json'])
    cpSync(join(root, part), join(folder, part), { recursive: true })
  const watch = [process.execPath, join(folder, 'bin/run.cjs'), 'watch', '--once']
  const argv = [...watch, '--source', `kubernetes:${missing}`, '--state-dir', folder]
  const without = await run(argv, { env: { NODE_PATH: undefined } })
  t.is(without.code, 64)
  t.regex(without.stderr, /npm install --global @kubernetes\/client-node@1\.4\.0/)
  mkdirSync(join(folder, 'node_modules/@kubernetes'), { recursive: true })
  const name = 'node_modules/@kubernetes/client-node'
  symlinkSync(join(root, name), join(folder, name))
  const beside = await run(argv)
  t.is(beside.code, 64)
  t.regex(beside.stderr, /the kubeconfig cannot be used: ENOENT.*\/nowhere\/kubeconfig/)
  t.notRegex(beside.stderr, /Warning/)
})
