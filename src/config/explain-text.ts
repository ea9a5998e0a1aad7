import type { Explanation, KeySummary } from './explain.ts'
import { wrapText } from './words.ts'

const WIDTH = 100

/** An explanation as text for a terminal. */
export const renderExplanation = (explanation: Explanation): string => {
  const { path, type, description, keys } = explanation
  const title = path === '' ? 'A configuration file' : path
  const facts = listFacts(explanation).map((fact) => `  ${fact}`)
  return [
    `${title}: ${type}`,
    '',
    ...wrapText(description, WIDTH - 2).map((line) => `  ${line}`),
    ...(facts.length > 0 ? ['', ...facts] : []),
    ...(keys ? ['', ...renderKeys(keys)] : []),
  ].join('\n')
}

const listFacts = (explanation: Explanation): readonly string[] => [
  ...(explanation.required ? ['Required.'] : []),
  ...(explanation.default === undefined ? [] : [`Default: ${JSON.stringify(explanation.default)}`]),
  ...(explanation.replaces ? ['A change of it deletes the object and creates another.'] : []),
]

const renderKeys = (keys: readonly KeySummary[]): readonly string[] => {
  const width = Math.max(...keys.map(({ name }) => name.length))
  const indent = ' '.repeat(width + 4)
  return keys.flatMap(({ name, type, summary, required, replaces }) => {
    const marks = [
      type,
      ...(required ? ['required'] : []),
      ...(replaces ? ['a change replaces'] : []),
    ]
    const lines = wrapText(summary, WIDTH - indent.length).map((line) => indent + line)
    return [`  ${name.padEnd(width)}  ${marks.join('; ')}`, ...(summary === '' ? [] : lines)]
  })
}
