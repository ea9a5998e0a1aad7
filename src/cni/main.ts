import { appendFileSync } from 'node:fs'
import { waitForPrograms } from '../kernel/run.ts'
import { add } from './add.ts'
import { check } from './check.ts'
import { readConfiguration } from './configuration.ts'
import type { Configuration } from './configuration.ts'
import { decode, text } from './decode.ts'
import { del } from './del.ts'
import { readEnvironment } from './environment.ts'
import type { Environment } from './environment.ts'
import type { CniError } from './errors.ts'
import { explain } from './explain.ts'
import { gc } from './gc.ts'
import { openRequest } from './operations.ts'
import type { Request } from './operations.ts'
import { formatResult } from './result.ts'
import { readInput, writeOutput } from './standard-streams.ts'
import { status } from './status.ts'
import { isVersion, versions } from './versions.ts'

type Document = Readonly<Record<string, unknown>>

/** What a command answers; undefined: nothing. */
const answer = async (request: Request): Promise<Document | undefined> => {
  const { environment, configuration } = request
  switch (environment.command) {
    case 'ADD':
      return formatResult(await add(request), configuration.cniVersion)
    case 'DEL':
      await del(request)
      return undefined
    case 'CHECK':
      await check(request)
      return undefined
    case 'GC':
      await gc(request)
      return undefined
    case 'STATUS':
      await status(request)
      return undefined
    case 'VERSION':
      return undefined
  }
}

/** VERSION answers in the version that it is asked in, where that is known. */
const tellVersions = (json: string): Document => {
  const asked = text(decode(json), 'cniVersion') ?? ''
  return { cniVersion: isVersion(asked) ? asked : versions.at(-1), supportedVersions: versions }
}

/** The version that a configuration is in, also where that is no good; undefined: none that is known. */
const spokenIn = (json: string): string | undefined => {
  try {
    const said = text(decode(json), 'cniVersion') ?? ''
    return isVersion(said) ? said : undefined
  } catch {
    return undefined // what is told is why
  }
}

interface Ended {
  readonly document: Document | undefined
  readonly code: number
}

const failed = (error: CniError, version: string | undefined): Ended => ({
  document: {
    cniVersion: version ?? versions.at(-1),
    code: error.code,
    msg: error.message,
    ...(error.details === '' ? {} : { details: error.details }),
  },
  code: 1,
})

/** A line about what was done. That it cannot be written is told, and changes nothing. */
const log = (
  file: string,
  { command, containerId, ifname }: Environment,
  { document, code }: Ended,
): void => {
  const time = new Date().toISOString()
  const line = JSON.stringify({ time, command, containerId, ifname, code, answer: document })
  try {
    appendFileSync(file, `${line}\n`)
  } catch (error) {
    process.stderr.write(`netplan-cni: cannot write ${file}: ${String(error)}\n`)
  }
}

const carryOut = async (environment: Environment, json: string): Promise<Ended> => {
  let configuration: Configuration | undefined
  let ended: Ended
  try {
    if (environment.command === 'VERSION') return { document: tellVersions(json), code: 0 }
    configuration = readConfiguration(json, environment.args)
    const document = await answer(await openRequest(environment, configuration))
    ended = { document, code: 0 }
  } catch (error) {
    ended = failed(explain(error), spokenIn(json))
  }
  if (configuration?.logFile !== undefined) log(configuration.logFile, environment, ended)
  return ended
}

/** Whoever calls it by hand is told what it is. */
const about =
  'netplan-cni: a CNI plugin of netplan. It is called by container runtimes (CNI_COMMAND is not set).\n' +
  `It speaks versions ${versions.join(', ')} of the specification: https://www.cni.dev/docs/spec/\n`

const run = async (): Promise<Ended> => {
  try {
    return await carryOut(readEnvironment(process.env), await readInput())
  } catch (error) {
    return failed(explain(error), undefined)
  }
}

/** The program. Its answer is one document of JSON on standard output; everything else is on standard error. */
export const main = async (): Promise<void> => {
  if (!process.env['CNI_COMMAND']) {
    process.stderr.write(about)
    return
  }
  waitForPrograms()
  const { document, code } = await run()
  process.exitCode = code
  try {
    if (document) writeOutput(`${JSON.stringify(document, null, 4)}\n`)
  } catch (error) {
    process.stderr.write(`netplan-cni: cannot answer: ${String(error)}\n`)
    process.exitCode = 1
  }
}
