import type { Answers, Question } from './answers.ts'
import type { NamespaceFile } from './reader.ts'
import { StartError } from './run.ts'
import type { RecordedNamespace, RecordedOutput } from './snapshot.ts'

/** What was asked in one namespace: the last answer to each question counts. */
interface Notes {
  readonly outputs: Map<string, RecordedOutput>
  readonly sysctls: Map<string, string | null>
}

/** A namespace that was looked for, and its file, if there is one. */
interface Found {
  readonly name: string
  readonly file: NamespaceFile | undefined
}

/** What two questions have in common that have the same answer. */
export const questionKey = ({ argv, stdin }: Pick<Question, 'argv' | 'stdin'>): string =>
  JSON.stringify([argv, stdin ?? ''])

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : 1

const tell = ({ outputs, sysctls }: Notes): Pick<RecordedNamespace, 'outputs' | 'sysctls'> => ({
  outputs: [...outputs].sort(byKey).map(([, output]) => output),
  sysctls: Object.fromEntries([...sysctls].sort(byKey)),
})

const nothing: Notes = { outputs: new Map(), sysctls: new Map() }

export interface Recording {
  /** The same answers; they are written down. */
  readonly answers: Answers
  /** What was answered so far, in an order that does not depend on who was first. */
  namespaces(own: string | undefined): readonly RecordedNamespace[]
}

const namespaceOf = (
  path: string,
  { name, file }: Found,
  notes: Notes = nothing,
): RecordedNamespace => {
  if (!file) return { name, path, exists: false, ...tell(nothing) }
  const { inode, born, stale, empty } = file
  return {
    ...{ name, path, exists: true, inode, stale },
    ...(born === undefined ? {} : { born }),
    ...(empty === undefined ? {} : { empty }),
    ...tell(notes),
  }
}

/** Writes down what others answer. */
export const startRecording = (answers: Answers): Recording => {
  const places = new Map<string | undefined, Notes>()
  const files = new Map<string, Found>()
  const notesOf = (netns: string | undefined): Notes => {
    const notes = places.get(netns) ?? { outputs: new Map(), sysctls: new Map() }
    places.set(netns, notes)
    return notes
  }
  const note = (question: Question, how: Omit<RecordedOutput, 'argv' | 'stdin'>): void => {
    const { argv, netns, stdin } = question
    const output = { argv, ...(stdin === undefined ? {} : { stdin }), ...how }
    notesOf(netns).outputs.set(questionKey(question), output)
  }
  const recorded: Answers = {
    run: async (question) => {
      try {
        const { code, stdout, stderr } = await answers.run(question)
        note(question, { code, stdout, stderr })
        return { code, stdout, stderr }
      } catch (error) {
        if (error instanceof StartError) note(question, { missing: error.code })
        throw error
      }
    },
    sysctls: async (netns, paths) => {
      const values = await answers.sysctls(netns, paths)
      const { sysctls } = notesOf(netns)
      for (const path of paths) sysctls.set(path, values.get(path) ?? null)
      return values
    },
    namespaceFile: async (place) => {
      const file = await answers.namespaceFile(place)
      files.set(place.path, { name: place.name, file })
      return file
    },
  }
  return {
    answers: recorded,
    namespaces: (own) => [
      { name: '', path: own ?? null, exists: true, ...tell(places.get(own) ?? nothing) },
      ...[...files].sort(byKey).map(([path, found]) => namespaceOf(path, found, places.get(path))),
    ],
  }
}
