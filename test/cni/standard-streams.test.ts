// What runtimes give the plugin as standard input and output: pipes of every kind.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import test from 'ava'
import { root } from '../run.ts'

const program = join(root, 'bin/netplan-cni')

/** A shell line in which `$plugin` is the plugin, asked for its versions. */
const say = (line: string, input = ''): { status: number | null; document: unknown } => {
  const env = { ...process.env, CNI_COMMAND: 'VERSION', plugin: program }
  const { status, stdout } = spawnSync('sh', ['-c', line], { env, input, encoding: 'utf8' })
  return { status, document: JSON.parse(stdout) }
}

const versions = {
  cniVersion: '0.4.0',
  supportedVersions: ['0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0'],
}

// perl is a part of every Debian.
const nonblocking = (stream: string): string =>
  `perl -MFcntl -e 'fcntl(${stream}, F_SETFL, O_NONBLOCK) or die; exec @ARGV' -- $plugin`

test('a pipe that says "later" is waited for, and what came before is kept', (t) => {
  const pieces = `(printf '{"cniVer'; sleep 0.3; printf 'sion":"0.4.0"'; sleep 0.1; printf '}')`
  t.deepEqual(say(`${pieces} | ${nonblocking('STDIN')}`), { status: 0, document: versions })
})

test('a pipe for the answer that says "later" gets it', (t) => {
  // Full until cat reads it: the answer has to wait.
  const fill = `perl -MFcntl -e 'fcntl(STDOUT, F_SETFL, O_NONBLOCK) or die; 1 while syswrite(STDOUT, " " x 4096); 1 while syswrite(STDOUT, " "); exec @ARGV' -- $plugin`
  t.deepEqual(say(`${fill} | (sleep 0.5; cat)`, '{"cniVersion":"0.4.0"}'), {
    status: 0,
    document: versions,
  })
})

test('an answer that nobody takes is told on standard error', (t) => {
  const script = '$plugin 2>&1 >/dev/full'
  const env = { ...process.env, CNI_COMMAND: 'VERSION', plugin: program }
  const input = '{"cniVersion":"0.4.0"}'
  const { status, stdout } = spawnSync('sh', ['-c', script], { env, input, encoding: 'utf8' })
  t.is(status, 1)
  t.is(stdout, 'netplan-cni: cannot answer: Error: ENOSPC: no space left on device, write\n')
})

test('a long configuration is read to its end', (t) => {
  const input = JSON.stringify({ more: 'x'.repeat(500_000), cniVersion: '0.4.0' })
  t.deepEqual(say('cat | $plugin', input), { status: 0, document: versions })
})

test('no input at all is told as a document', (t) => {
  for (const line of ['$plugin </dev/null', '$plugin <&-']) {
    const { status, document } = say(line)
    t.is(status, 1, line)
    t.like(document, { code: 6 }, line)
  }
})
