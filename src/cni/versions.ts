import { codes, CniError } from './errors.ts'

/** Versions of the specification that are spoken here, the oldest first. */
export const versions = ['0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0'] as const

export type Version = (typeof versions)[number]

export const isVersion = (text: string): text is Version =>
  (versions as readonly string[]).includes(text)

/** Whether a version is another one or later. */
export const isFrom = (version: Version, first: Version): boolean =>
  versions.indexOf(version) >= versions.indexOf(first)

/** @throws CniError (1) where the operation came with a later version */
export const requireFrom = (version: Version, first: Version, command: string): void => {
  if (isFrom(version, first)) return
  throw new CniError(
    codes.incompatibleVersion,
    `${command} needs version ${first} of the specification`,
    `the configuration is of version ${version}`,
  )
}
