import type { Answers, Question } from './answers.ts'

/** Two who ask the same node, the second right behind the first. */
interface HandedOn {
  readonly first: Answers
  /** What the first was told it is told too, each answer once. All else is asked. */
  readonly second: Answers
}

const keyOf = ({ argv, netns, stdin }: Question): string =>
  JSON.stringify([netns ?? null, argv, stdin ?? null])

const parameterKey = (netns: string | undefined, path: string): string =>
  JSON.stringify([netns ?? null, path])

/** What is there at a key, for the last time. */
const take = <T>(kept: Map<string, T>, key: string): T | undefined => {
  const one = kept.get(key)
  kept.delete(key)
  return one
}

/** Programs, and files of namespaces: an error is an answer too, and is handed on as it is. */
const handOnEach = <Asked, Told>(
  ask: (asked: Asked) => Promise<Told>,
  key: (asked: Asked) => string,
): { readonly first: typeof ask; readonly second: typeof ask } => {
  const kept = new Map<string, Promise<Told>>()
  return {
    first: (asked) => {
      const told = ask(asked)
      kept.set(key(asked), told)
      return told
    },
    second: (asked) => take(kept, key(asked)) ?? ask(asked),
  }
}

/** Parameters, of which one asks for many: the other may ask for some of them. */
const handOnSysctls = ({
  sysctls: ask,
}: Pick<Answers, 'sysctls'>): Record<'first' | 'second', Answers['sysctls']> => {
  const kept = new Map<string, { readonly value: string | undefined }>()
  return {
    first: async (netns, paths) => {
      const values = await ask(netns, paths)
      for (const path of paths) kept.set(parameterKey(netns, path), { value: values.get(path) })
      return values
    },
    second: async (netns, paths) => {
      const found = paths.map((path) => ({ path, told: take(kept, parameterKey(netns, path)) }))
      if (found.some(({ told }) => told === undefined)) return ask(netns, paths)
      return new Map(
        found.flatMap(({ path, told }) => (told?.value === undefined ? [] : [[path, told.value]])),
      )
    },
  }
}

/** Keeps what the first is told, for the second. */
export const handOn = (answers: Answers): HandedOn => {
  const run = handOnEach((question: Question) => answers.run(question), keyOf)
  const files = handOnEach(answers.namespaceFile, ({ path }) => path)
  const sysctls = handOnSysctls(answers)
  return {
    first: { run: run.first, sysctls: sysctls.first, namespaceFile: files.first },
    second: { run: run.second, sysctls: sysctls.second, namespaceFile: files.second },
  }
}
