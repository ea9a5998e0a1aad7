/** Bytes of the head of a message of DNS (RFC 1035). */
const headLength = 12

const typeA = 1
const typeAAAA = 28
const classInternet = 1

/** Addresses for documentation (RFC 5737, RFC 3849): nobody is to take them for true. */
const answers: ReadonlyMap<number, Buffer> = new Map([
  [typeA, Buffer.from([192, 0, 2, 1])],
  [typeAAAA, Buffer.from('20010db8000000000000000000000001', 'hex')],
])

/** Where the name that begins at `start` ends; undefined: it is none. */
const endOfName = (message: Buffer, start: number): number | undefined => {
  let at = start
  for (let length = message[at] ?? 64; length !== 0; length = message[at] ?? 64) {
    if (length > 63) return undefined
    at += length + 1
  }
  return at + 1
}

/** Whether it is one question and no answer (QR and OPCODE, QDCOUNT, ANCOUNT and NSCOUNT). */
const isQuestion = (message: Buffer): boolean =>
  message.length > headLength &&
  ((message[2] ?? 0) & 0xf8) === 0 &&
  message.readUInt16BE(4) === 1 &&
  message.readUInt32BE(6) === 0

/** The answer of a server to a question for the addresses of a name; undefined: it is no such question. */
export const answerQuestion = (message: Buffer): Buffer | undefined => {
  if (!isQuestion(message)) return undefined
  const end = endOfName(message, headLength)
  if (end === undefined || end + 4 > message.length) return undefined
  const address = answers.get(message.readUInt16BE(end))
  if (!address || message.readUInt16BE(end + 2) !== classInternet) return undefined
  const head = Buffer.alloc(headLength)
  message.copy(head, 0, 0, 2)
  // A response, recursion as desired and available; one question, one answer.
  head.writeUInt16BE(0x8080 | (message.readUInt16BE(2) & 0x0100), 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(1, 6)
  const record = Buffer.alloc(12)
  // The name is that of the question.
  record.writeUInt16BE(0xc000 | headLength, 0)
  message.copy(record, 2, end, end + 4)
  record.writeUInt16BE(address.length, 10)
  return Buffer.concat([head, message.subarray(headLength, end + 4), record, address])
}
