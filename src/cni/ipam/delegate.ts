import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { run } from '../../kernel/run.ts'
import { decode, number, text } from '../decode.ts'
import type { Environment } from '../environment.ts'
import { codes, CniError } from '../errors.ts'
import { readResult } from '../result.ts'
import type { Result } from '../result.ts'

const find = (type: string, folders: readonly string[]): string => {
  for (const folder of folders) {
    const path = join(folder, type)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // Not in this one.
    }
  }
  const message = `failed to find plugin ${JSON.stringify(type)} in path [${folders.join(' ')}]`
  throw new CniError(codes.invalidConfiguration, message)
}

/** What a plugin that failed says; else how it ended. */
const errorOf = (type: string, stdout: string, stderr: string): CniError => {
  try {
    const said = decode(stdout)
    const code = number(said, 'code')
    if (code !== undefined)
      return new CniError(code, `${type}: ${text(said, 'msg') ?? ''}`, text(said, 'details') ?? '')
  } catch {
    // No document of an error.
  }
  return new CniError(codes.failed, `${type} failed`, stderr.trim() || stdout.trim())
}

/**
 * Asks another plugin, with the same environment and configuration (CNI specification, section 4).
 *
 * @returns what it printed
 * @throws CniError with what it says where it fails
 */
export const delegate = async (
  type: string,
  { command, containerId, netns, ifname, path, args }: Environment,
  json: string,
): Promise<string> => {
  const env = {
    CNI_COMMAND: command,
    CNI_CONTAINERID: containerId,
    CNI_NETNS: netns,
    CNI_IFNAME: ifname,
    CNI_PATH: path.join(':'),
    CNI_ARGS: [...args].map((pair) => pair.join('=')).join(';'),
  }
  const { code, stdout, stderr } = await run({ argv: [find(type, path)], stdin: json, env })
  if (code !== 0) throw errorOf(type, stdout, stderr)
  return stdout
}

/**
 * The result that a plugin printed.
 *
 * @throws CniError (6) where it is none
 */
export const resultOf = (type: string, stdout: string): Result => {
  try {
    return readResult(decode(stdout, 'what it printed'))
  } catch (error) {
    if (!(error instanceof CniError)) throw error
    throw new CniError(codes.decoding, `${type} printed no result: ${error.message}`, error.details)
  }
}
