import { readFile } from 'node:fs/promises'

// How compilers of TypeScript, and esbuild, write an import in CommonJS: `const x_1 = require("x");`, its kinds of default
// imports, and what is bundled: `require_x()`, also of another file. Files of a bundle need each other at once.
const ANOTHER_FILE = String.raw`\./[^"]+-[0-9A-Z]{8}\.cjs`
const MODULE = String.raw`require\("(?!${ANOTHER_FILE}")[^"]*"\)|(?:\(0, \w+\.)?require_\w+\)?\(\)`
const WRAPPED = String.raw`(?:__importDefault|__importStar|__toESM|\(0, \w+\.__toESM\))\((?:${MODULE})(?:, 1)?\)`
const IMPORT = new RegExp(String.raw`^(?:const|var) (\w+) = (${MODULE}|${WRAPPED});$`, 'gm')

/** Whether a name stands for a module wherever it is, and is taken apart at once: `x_1.y`. */
const isPlain = (text, name) =>
  [...text.matchAll(new RegExp(`(?<![\\w$])${name}(?![\\w$])`, 'g'))].every(
    ({ index }) => text[index + name.length] === '.' && !/['"\`.]/.test(text[index - 1] ?? ''),
  )

/**
 * A text of CommonJS in which modules are loaded when they are first used, not when the text is: "inline requires", as
 * bundlers have them for applications that have to start soon.
 */
export const loadLate = (text) => {
  let changed = text
  for (const [line, name, expression] of text.matchAll(IMPORT)) {
    const rest = changed.replace(line, '\0')
    if (!isPlain(rest, name)) continue
    const uses = new RegExp(`(?<![\\w$])${name}(?=\\.)`, 'g')
    const getter = `var ${name}$; function ${name}() { return ${name}$ ??= ${expression}; }`
    changed = rest.replace(uses, `(${name}())`).replace('\0', () => getter)
  }
  return changed
}

/** A plugin of esbuild that does it to the files whose paths match. */
export const lateRequires = (filter) => ({
  name: 'late-requires',
  setup(build) {
    build.onLoad({ filter }, async ({ path }) => ({
      contents: loadLate(await readFile(path, 'utf8')),
      loader: 'js',
    }))
  },
})
