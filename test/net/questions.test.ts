import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import test from 'ava'
import { answerQuestion } from '../../src/net/questions.ts'

/** What a resolver makes of our answers. */
const resolve = async <T>(ask: (resolver: Resolver) => Promise<T>): Promise<T> => {
  const server = createSocket('udp4')
  server.on('message', (message, { port, address }) => {
    const answer = answerQuestion(message)
    if (answer) server.send(answer, port, address)
  })
  await new Promise<void>((done) => server.bind(0, '127.0.0.1', done))
  const resolver = new Resolver({ timeout: 2000, tries: 1 })
  resolver.setServers([`127.0.0.1:${String(server.address().port)}`])
  try {
    return await ask(resolver)
  } finally {
    server.close()
  }
}

test('a resolver takes the answers: an address for documentation, whatever the name', async (t) => {
  t.deepEqual(await resolve((one) => one.resolve4('web.default.svc.cluster.local')), ['192.0.2.1'])
  t.deepEqual(await resolve((one) => one.resolve6('example.org')), ['2001:db8::1'])
})

test('what is no question for an address has no answer', (t) => {
  const question = Buffer.from('abcd01000001000000000000036e65740000010001', 'hex')
  t.is(answerQuestion(question)?.subarray(-4).join('.'), '192.0.2.1')
  const broken = [
    Buffer.from('hello'),
    Buffer.alloc(0),
    question.subarray(0, -1),
    // An answer, two questions, another type, another class, a name that goes beyond the end.
    ...(['02:80', '05:02', '12:0f', '14:03', '0c:3f'] as const).map((change) => {
      const [at = '', value = ''] = change.split(':')
      const copy = Buffer.from(question)
      copy[parseInt(at, 16)] = parseInt(value, 16)
      return copy
    }),
  ]
  for (const one of broken) t.is(answerQuestion(one), undefined, one.toString('hex'))
})
