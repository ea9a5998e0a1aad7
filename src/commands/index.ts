import { ApplyCommand } from './apply.ts'
import { CheckCommand } from './check.ts'
import { DestroyCommand } from './destroy.ts'
import { DoctorCommand } from './doctor.ts'
import { ExplainCommand } from './explain.ts'
import { PlanCommand } from './plan.ts'
import { SchemaCommand } from './schema.ts'
import { ShowCommand } from './show.ts'
import { ValidateCommand } from './validate.ts'

/** Every command by its name: what oclif's `explicit` discovery asks for. */
export const commands = {
  apply: ApplyCommand,
  check: CheckCommand,
  destroy: DestroyCommand,
  doctor: DoctorCommand,
  explain: ExplainCommand,
  plan: PlanCommand,
  schema: SchemaCommand,
  show: ShowCommand,
  validate: ValidateCommand,
}
