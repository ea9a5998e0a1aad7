import { isUtf8 } from 'node:buffer'
import type { FileText } from '../../config/load.ts'
import { isBlank } from '../blank.ts'
import { EtcdError } from './error.ts'
import type { Entry } from './session.ts'

const documentOf = ({ key, value }: Entry): FileText => {
  const name = `etcd:${key}`
  if (!isUtf8(value)) throw new EtcdError('unreadable', `${name}: no text in UTF-8`)
  return { name, text: value.toString('utf8').replace(/^\uFEFF/, '') }
}

/**
 * Each key as a file. What has nothing in it at all is no wish for nothing.
 *
 * @throws EtcdError where one is no text
 */
export const documentsOf = (entries: readonly Entry[]): readonly FileText[] => {
  const documents = entries.map(documentOf)
  return documents.every(({ text }) => isBlank(text)) ? [] : documents
}
