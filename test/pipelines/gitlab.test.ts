// examples/pipelines/gitlab: its file against GitLab's schema, and the script of each job as it stands there.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { parse } from 'yaml'
import { checkGitlab, checkJunit } from '../present/pipeline/consumers.ts'
import { root } from '../run.ts'
import type { Ended } from '../run.ts'
import { createWorkplace, examples, fleet } from './nodes.ts'
import { lintScripts } from './shellcheck.ts'

const example = join(examples, 'gitlab')

interface Job {
  readonly script?: readonly string[]
  readonly artifacts?: { readonly reports?: Readonly<Record<string, string>> }
}

const jobs = parse(readFileSync(join(example, '.gitlab-ci.yml'), 'utf8')) as Readonly<
  Record<string, Job>
>

lintScripts(join(example, 'scripts'))

const place = createWorkplace('gitlab')
test.after.always(() => {
  place.remove()
})

const [first, second] = place.nodes
const route = 'routes: [{ to: 10.9.0.0/16, via: 172.16.0.9 }]\n'

const git = async (t: ExecutionContext, ...args: string[]): Promise<string> => {
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.org']
  const { code, stdout, stderr } = await place.run(['git', ...who, ...args])
  t.is(code, 0, stderr)
  return stdout.trim()
}

test.serial('the file is one of GitLab, by its schema', async (t) => {
  await git(t, 'init', '-q')
  const list = (): Promise<Ended> => {
    const methods = join(root, 'test/pipelines/set-methods.js')
    const program = join(root, 'node_modules/gitlab-ci-local/dist/index.js')
    return place.run([process.execPath, '--import', methods, program, '--list-all'])
  }
  const { code, stdout, stderr } = await list()
  t.is(code, 0, stdout + stderr)
  t.regex(stdout + stderr, /json schema validated/)
  for (const name of ['validate', 'rehearse', 'difference', 'save', 'apply', 'drift'])
    t.regex(stdout, new RegExp(`^${name} `, 'm'))
  const text = place.read('.gitlab-ci.yml')
  place.write('.gitlab-ci.yml', text.replace('when: always', 'whenever: always'))
  const bad = await list()
  place.write('.gitlab-ci.yml', text)
  t.not(bad.code, 0)
  t.regex(bad.stdout + bad.stderr, /whenever/)
})

/** Runs what a job runs, as its shell does: up to the first line that fails. */
const job = async (
  name: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Ended & { readonly reports: Readonly<Record<string, string>> }> => {
  const { script = [], artifacts } = jobs[name] ?? {}
  const ended = await place.run(['sh', '-ec', script.join('\n')], env)
  const reports = Object.entries(artifacts?.reports ?? {}).filter(([, file]) =>
    existsSync(join(place.folder, file)),
  )
  const texts = reports.map(([kind, file]) => [kind, place.read(file)])
  return { ...ended, reports: Object.fromEntries(texts) as Readonly<Record<string, string>> }
}

const ends = (t: ExecutionContext, { code, stdout, stderr }: Ended, expected: number): void => {
  t.is(code, expected, stdout + stderr)
}

test.serial('validate: reports, and the exit code of netplan', async (t) => {
  place.write('netplan.yaml', fleet())
  ends(t, await job('validate'), 0)
  place.write('netplan.yaml', fleet('routes: [{ to: nowhere }]\n'))
  const { reports, ...bad } = await job('validate')
  ends(t, bad, 65)
  checkGitlab(reports['codequality'] ?? '')
  t.regex(reports['codequality'] ?? '', /nowhere/)
  await checkJunit(reports['junit'] ?? '')
})

test.serial('rehearse: all nodes', async (t) => {
  place.write('netplan.yaml', fleet())
  const { reports, ...good } = await job('rehearse')
  ends(t, good, 0)
  await checkJunit(reports['junit'] ?? '')
})

test.serial('difference: what a merge request comes to', async (t) => {
  await git(t, 'add', 'netplan.yaml')
  await git(t, 'commit', '-qm', 'base')
  const base = await git(t, 'rev-parse', 'HEAD')
  place.write('netplan.yaml', fleet(route))
  const ended = await job('difference', { CI_MERGE_REQUEST_DIFF_BASE_SHA: base })
  ends(t, ended, 0)
  t.deepEqual(JSON.parse(ended.reports['terraform'] ?? ''), { create: 2, update: 0, delete: 0 })
})

test.serial('save and apply: each node, and once; drift is quiet then', async (t) => {
  place.write('netplan.yaml', fleet())
  ends(t, await job('save'), 0)
  t.deepEqual(readdirSync(join(place.folder, 'plans')).sort(), ['node-1.plan', 'node-2.plan'])
  const applied = await job('apply')
  ends(t, applied, 0)
  t.is(applied.stdout.match(/^Confirmed/gm)?.length, 2)
  t.regex(second?.ip('route show proto 111') ?? '', /10\.244\.1\.0\/24/)
  ends(t, await job('drift'), 0)
})

test.serial('drift is red, and names the node', async (t) => {
  second?.ip('route delete 10.244.1.0/24')
  const { reports, ...drifted } = await job('drift')
  ends(t, drifted, 2)
  await checkJunit(reports['junit'] ?? '')
  t.regex(drifted.stdout, /node-2 /)
})

test.serial('apply stops at a node that has changed since', async (t) => {
  place.write('netplan.yaml', fleet(route))
  ends(t, await job('save'), 0)
  first?.ip('route add 10.9.0.0/16 via 172.16.0.8')
  const before = second?.ip('route show')
  const { stderr, ...stale } = await job('apply')
  ends(t, { stderr, ...stale }, 6)
  t.regex(stderr, /^node-1: it has changed since the plan was made; run this pipeline again/m)
  t.is(second?.ip('route show'), before)
})
