import type { Site } from './answers.ts'
import type { Listener } from './reader.ts'
import { StartError } from './run.ts'

const line = /^(tcp|udp)\s+\S+\s+\d+\s+\d+\s+(\S+):(\d+)\s/

/** `ss -Hlntu`: an address may have brackets, and behind it the device that it is for (`%eth0`). */
export const parseListeners = (text: string): readonly Listener[] =>
  text.split('\n').flatMap((row): readonly Listener[] => {
    const [, protocol, place = '', port] = line.exec(row) ?? []
    if (protocol !== 'tcp' && protocol !== 'udp') return []
    const address = place.replace(/%.*$/, '').replace(/^\[|\]$/g, '')
    return [{ protocol, address, port: Number(port) }]
  })

/** What listens in a namespace; undefined where ss(8) is not there, or may not say. */
export const readListeners = async ({
  answers,
  netns,
}: Site): Promise<readonly Listener[] | undefined> => {
  try {
    const { code, stdout } = await answers.run({ argv: ['ss', '-Hlntu'], netns })
    return code === 0 ? parseListeners(stdout) : undefined
  } catch (error) {
    if (error instanceof StartError) return undefined
    throw error
  }
}
