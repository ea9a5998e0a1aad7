import test from 'ava'
import { formatSocket, isSocket, parseSocket } from '../../src/net/sockets.ts'

test('an address with its port, there and back', (t) => {
  t.deepEqual(parseSocket('10.0.0.1:80'), { address: '10.0.0.1', port: 80 })
  t.deepEqual(parseSocket('[FD00:0::1]:65535'), { address: 'fd00::1', port: 65535 })
  for (const text of ['10.0.0.1:1', '[fd00::1]:8080', '[::ffff:10.0.0.1]:53'])
    t.is(formatSocket(parseSocket(text)!), text)
})

test('what is none', (t) => {
  const wrong = [
    '10.0.0.1',
    '10.0.0.1:',
    '10.0.0.1:0',
    '10.0.0.1:080',
    '10.0.0.1:65536',
    '10.0.0.1:80 ',
    '[10.0.0.1]:80',
    'fd00::1:80',
    '[fd00::1]80',
    '[fd00::1%eth0]:80',
    'web.example:80',
    ':80',
    '[]:80',
  ]
  for (const text of wrong) t.false(isSocket(text), text)
})
