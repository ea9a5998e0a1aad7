import { ExplainCommand } from './explain.ts'
import { RenderCommand } from './render.ts'
import { SchemaCommand } from './schema.ts'
import { ValidateCommand } from './validate.ts'

/** The commands that look at files alone: half of the program is none of their business, and is not loaded. */
export const offline = {
  explain: ExplainCommand,
  render: RenderCommand,
  schema: SchemaCommand,
  validate: ValidateCommand,
}
