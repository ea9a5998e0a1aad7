// What lies in the state directory may have been put there by somebody else. Each case has a /run of
// its own: a mount namespace with a new tmpfs, prepared by a few lines of shell.
import { join } from 'node:path'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { run } from '../run.ts'
import { hasOthers } from '../users.ts'
import type { Answer, Order } from './agent.ts'

const agent = join(import.meta.dirname, 'agent.js')

interface Seen extends Answer {
  /** What the shell printed that looked afterwards. */
  readonly after: string
}

/** Prepares a /run, gives the order, and looks at it afterwards. */
const scene = async (before: string, order: Order, after = ':'): Promise<Seen> => {
  const script = [
    'set -e',
    'mount -t tmpfs -o mode=755 tmpfs /run',
    'umask 022',
    before,
    // Whatever would wait for ever is killed, and fails the test.
    'timeout 20 "$1" "$2" "$3"; echo; cd /',
    after,
  ].join('\n')
  const argv = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, 'sh']
  const { code, stdout, stderr } = await run([
    ...argv,
    process.execPath,
    agent,
    JSON.stringify(order),
  ])
  if (code !== 0) throw new Error(`${String(code)}: ${stdout}${stderr}`)
  const [answer = '', ...rest] = stdout.split('\n')
  return { ...(JSON.parse(answer) as Answer), after: rest.join('\n') }
}

const refused = (t: ExecutionContext, { error }: Seen, path: string, reason: RegExp): void => {
  t.true(error?.unsafe, JSON.stringify(error))
  t.true(error?.message.startsWith(`${path} `), error?.message)
  t.regex(error?.message ?? '', reason)
}

const state = '/run/nodeplan'
const folder = `${state}/7`
const file = `${folder}/np.json`
const withFolder = `mkdir -m 700 ${state} ${folder}`
const withFile = `${withFolder}; printf old > ${file}; chmod 600 ${file}`

test('folders are made for us alone, and found again', async (t) => {
  const list = `stat -c '%a %n' ${state} ${folder}`
  for (const before of [':', `mkdir -m 700 ${state}`, withFolder, 'chmod 1777 /run', 'umask 000']) {
    const made = await scene(before, { do: 'open', inode: 7 }, list)
    t.deepEqual([made.value, made.error], [folder, undefined], before)
    t.is(made.after, `700 ${state}\n700 ${folder}\n`, before)
  }
})

test('looking makes nothing', async (t) => {
  for (const order of ['find', 'readRecords'] as const) {
    const seen = await scene(':', { do: order, inode: 7 }, 'ls -A /run')
    t.deepEqual([seen.error, seen.after], [undefined, ''])
  }
})

/** Folders that are not to be trusted, by what makes them and what is said of them. */
const folders: readonly (readonly [string, string, string, RegExp])[] = [
  ['symbolic link', `mkdir -m 700 /run/x; ln -s x ${state}`, state, /symbolic link/],
  ['dangling link', `ln -s /run/nowhere ${state}`, state, /symbolic link/],
  ['file', `: > ${state}`, state, /not a directory/],
  ['pipe', `mkfifo ${state}`, state, /not a directory/],
  ['group-writable', `mkdir -m 770 ${state}`, state, /written by others \(mode 770\)/],
  ['world-writable', `mkdir -m 777 ${state}`, state, /written by others \(mode 777\)/],
  ['world-writable, sticky', `mkdir ${state}; chmod 1777 ${state}`, state, /mode 1777/],
  ['link below', `mkdir -m 700 /run/x ${state}; ln -s ../x ${folder}`, folder, /symbolic link/],
  ['file below', `mkdir -m 700 ${state}; : > ${folder}`, folder, /not a directory/],
  ['group-writable below', `${withFolder}; chmod 770 ${folder}`, folder, /mode 770/],
  ['parent', 'chmod 777 /run', '/run', /everybody and has no sticky bit.*chmod o-w \/run$/],
]

for (const [name, before, path, reason] of folders) {
  test(`a folder is refused: ${name}`, async (t) => {
    const list = 'find /run -printf "%p %m %l\\n" | sort'
    const untouched = await scene(before, { do: 'read', path: '/run/nothing' }, list)
    for (const order of ['open', 'find', 'readRecords', 'writeRecords', 'removeRecords'] as const) {
      const seen = await scene(before, { do: order, inode: 7 }, list)
      refused(t, seen, path, reason)
      t.is(seen.after, untouched.after, order)
    }
  })
}

;(hasOthers ? test : test.skip)('a folder or a file of somebody else is refused', async (t) => {
  for (const path of [state, folder]) {
    const before = `${withFolder}; chown 65534 ${path}`
    refused(t, await scene(before, { do: 'open', inode: 7 }), path, /belongs to the user 65534/)
  }
  const before = `${withFile}; chown 65534 ${file}`
  refused(t, await scene(before, { do: 'read', path: file }), file, /belongs to the user 65534/)
})

/** What stands in place of a file of ours. */
const files: readonly (readonly [string, string, RegExp])[] = [
  ['symbolic link', `printf secret > /run/x; ln -s /run/x ${file}`, /symbolic link/],
  ['dangling link', `ln -s /run/x ${file}`, /symbolic link/],
  ['pipe', `mkfifo -m 600 ${file}`, /not a regular file/],
  ['folder', `mkdir -m 700 ${file}`, /not a regular file/],
  ['group-writable', `: > ${file}; chmod 660 ${file}`, /mode 660/],
  ['world-writable', `: > ${file}; chmod 606 ${file}`, /mode 606/],
  ['hard link', `printf secret > /run/x; chmod 600 /run/x; ln /run/x ${file}`, /hard link/],
]

for (const [name, before, reason] of files) {
  test(`a file is neither read nor continued: ${name}`, async (t) => {
    const look = 'cat /run/x 2>/dev/null || :'
    for (const order of ['read', 'append'] as const) {
      const seen = await scene(
        `${withFolder}; ${before}`,
        { do: order, path: file, text: 'x' },
        look,
      )
      refused(t, seen, file, reason)
      t.is(seen.after, before.includes('secret') ? 'secret' : '')
    }
    refused(
      t,
      await scene(`${withFolder}; ${before}`, { do: 'readRecords', inode: 7 }),
      file,
      reason,
    )
  })
}

test('a file is read; where there is none there is nothing', async (t) => {
  t.is((await scene(withFile, { do: 'read', path: file })).value, 'old')
  for (const path of [file, '/run/a/b']) {
    const { value, error } = await scene(withFolder, { do: 'read', path })
    t.deepEqual([value, error], [undefined, undefined])
  }
})

test('writing replaces what is there, whatever it is, and follows nothing', async (t) => {
  const look = `stat -c '%F %a' ${file}; ls ${folder}; cat ${file} /run/x`
  for (const before of ['printf secret > /run/x', ...files.map(([, shell]) => shell)]) {
    // A folder cannot be replaced; it is said.
    if (before.startsWith('mkdir')) continue
    const link = before.includes('/run/x;') ? 'secret' : 'none'
    const prepare = `${withFolder}; printf none > /run/x; ${before}`
    const seen = await scene(prepare, { do: 'write', path: file, text: 'new' }, look)
    t.is(seen.error, undefined)
    const content = before.includes('secret') ? 'secret' : link
    t.is(seen.after, `regular file 600\nnp.json\nnew${content}`, before)
  }
})

test('what a killed write left is in nobody’s way, and goes with its owner', async (t) => {
  const before = `${withFile}; : > ${file}.new; : > ${file}.0011.new; ln -s /run/x ${file}.0012.new`
  const written = await scene(before, { do: 'writeRecords', inode: 7 }, `ls /run; wc -l < ${file}`)
  t.deepEqual([written.error, written.after], [undefined, 'nodeplan\n9\n'])
  const read = await scene(before.replace('printf old', 'printf {}'), { do: 'find', inode: 7 })
  t.is(read.value, folder)
  const removed = await scene(before, { do: 'removeRecords', inode: 7 }, 'ls -A /run')
  t.deepEqual([removed.error, removed.after], [undefined, ''])
})

test('a full disk leaves the old file, and nothing else', async (t) => {
  const full = [
    `mkdir -m 700 ${state}`,
    `mount -t tmpfs -o size=64k,mode=700 tmpfs ${state}`,
    `mkdir -m 700 ${folder}; printf 'old\\n' > ${file}`,
    `dd if=/dev/zero of=${folder}/fill bs=4k count=100 2>/dev/null || :`,
  ].join('\n')
  const look = `ls ${folder}; cat ${file}`
  for (const order of ['write', 'append'] as const) {
    const seen = await scene(full, { do: order, path: file, text: 'x'.repeat(9000) }, look)
    t.deepEqual([seen.error?.code, seen.error?.unsafe], ['ENOSPC', false])
    t.is(seen.error?.message, `cannot write ${file}: no space left in /run`)
    t.is(seen.after, 'fill\nnp.json\nold\n', order)
  }
})

test('lines are added, and one that was cut short spoils none', async (t) => {
  for (const [text, after] of [
    ['', 'new\n'],
    ['one\n', 'one\nnew\n'],
    ['one\ntw', 'one\ntw\nnew\n'],
  ] as const) {
    const before = `${withFolder}; printf '${text.replaceAll('\n', '\\n')}' > ${file}`
    const seen = await scene(before, { do: 'append', path: file, text: 'new' }, `cat ${file}`)
    t.deepEqual([seen.error, seen.after], [undefined, after])
  }
  const missing = await scene(withFolder, { do: 'append', path: file, text: 'new' }, `ls ${folder}`)
  t.deepEqual([missing.error?.code, missing.after], ['ENOENT', ''])
})
