// A program for a namespace of the lab: serves there, and connects from there, as standard input
// says (protocol.ts). It ends with its standard input, so none outlives its test.
import { createInterface } from 'node:readline'
import { connectMany, openFlow } from './client.ts'
import type { Flow } from './client.ts'
import type { Numbered, Reply, Request, Result } from './protocol.ts'
import { serve } from './server.ts'

const flows = new Map<number, Flow>()

const flowOf = (number: number): Flow => {
  const flow = flows.get(number)
  if (!flow) throw new Error(`there is no flow ${number}`)
  return flow
}

const carryOut = async (request: Request): Promise<readonly Result[]> => {
  switch (request.do) {
    case 'serve':
      await serve(request.name, request.listeners)
      return []
    case 'connect':
      return connectMany(request.target, request.count, request.parallel)
    case 'open': {
      const { flow, first } = await openFlow(request.target)
      flows.set(request.flow, flow)
      return [first]
    }
    case 'probe':
      return [await flowOf(request.flow).probe(request.timeout)]
    case 'close':
      await flowOf(request.flow).close()
      flows.delete(request.flow)
      return []
  }
}

const reply = (what: Reply): void => void process.stdout.write(`${JSON.stringify(what)}\n`)

const take = (line: string): void => {
  const { id, request } = JSON.parse(line) as Numbered
  carryOut(request).then(
    (results) => reply({ id, results }),
    (error: unknown) => reply({ id, results: [], failure: String(error) }),
  )
}

const input = createInterface({ input: process.stdin })
input.on('line', take)
input.on('close', () => process.exit())
