import type { NamespaceFile } from './reader.ts'
import type { Outcome } from './run.ts'

/** A namespace to read: its name in the configuration and the file to enter it by. */
export interface Place {
  readonly name: string
  readonly path: string
  /** Only if it is this one still. */
  readonly inode?: number
}

/** A program that reads and writes nothing, in the namespace behind a file; undefined: the caller's own. */
export interface Question {
  readonly argv: readonly string[]
  readonly netns: string | undefined
  readonly stdin?: string
}

/**
 * What a node says of itself, as it says it: texts. All that is read of a node comes this way, so that it can be
 * written down and read again elsewhere.
 */
export interface Answers {
  /**
   * How a program ended.
   *
   * @throws StartError where it cannot be started
   */
  run(question: Question): Promise<Outcome>
  /**
   * Values of files below /proc/sys, by path: of those that exist, white space folded.
   *
   * @param paths as `net/ipv4/ip_forward`
   */
  sysctls(netns: string | undefined, paths: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** What is behind the file of a namespace, if it exists. */
  namespaceFile(place: Place): Promise<NamespaceFile | undefined>
}

/** A namespace to ask about, by its file, and who answers for it. */
export interface Site {
  readonly answers: Answers
  readonly netns: string | undefined
}
