import { createRequire } from 'node:module'
import type * as Kubernetes from '@kubernetes/client-node'
import { SourceError } from '../source.ts'

type Library = typeof Kubernetes

const name = '@kubernetes/client-node'
const version = '1.4.0'

const findLibrary = (): string => {
  try {
    return createRequire(import.meta.filename).resolve(name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error
    throw new SourceError(
      `kubernetes needs a package that is not installed beside this program: npm install --global ${name}@${version}`,
    )
  }
}

/**
 * Knows kubeconfigs, and all ways to prove to a server who one is. It costs half a second and 70 MB, so it is no part of
 * this program, and is loaded by who needs it.
 *
 * @throws SourceError where it is not installed
 */
export const loadLibrary = (): Library => {
  const path = findLibrary()
  // As if it asked for itself: Node warns of a module that a program requires, and not of one that a package does.
  return createRequire(path)(path) as Library
}
