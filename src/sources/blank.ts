/** A line that asks for nothing: a comment, or where a document of YAML begins or ends. */
const bare = /^[ \t]*(?:#.*|---[ \t]*|\.\.\.[ \t]*)$/gm

/** Whether a text is none: what was cut short, to nothing or to its first comments, is no wish for nothing; `{}` is. */
export const isBlank = (text: string): boolean => text.replaceAll(bare, '').trim() === ''
