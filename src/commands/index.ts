import { ApplyCommand } from './apply.ts'
import { CheckCommand } from './check.ts'
import { ConfirmCommand } from './confirm.ts'
import { DestroyCommand } from './destroy.ts'
import { DoctorCommand } from './doctor.ts'
import { ExplainCommand } from './explain.ts'
import { ImportCommand } from './import.ts'
import { PlanCommand } from './plan.ts'
import { RehearsalCommand } from './rehearsal.ts'
import { RehearseCommand } from './rehearse.ts'
import { RenderCommand } from './render.ts'
import { RollbackCommand } from './rollback.ts'
import { SchemaCommand } from './schema.ts'
import { ShowCommand } from './show.ts'
import { ValidateCommand } from './validate.ts'
import { WatchdogCommand } from './watchdog.ts'

/** Every command by its name: what oclif's `explicit` discovery asks for. */
export const commands = {
  apply: ApplyCommand,
  check: CheckCommand,
  confirm: ConfirmCommand,
  destroy: DestroyCommand,
  doctor: DoctorCommand,
  explain: ExplainCommand,
  import: ImportCommand,
  plan: PlanCommand,
  rehearsal: RehearsalCommand,
  rehearse: RehearseCommand,
  render: RenderCommand,
  rollback: RollbackCommand,
  schema: SchemaCommand,
  show: ShowCommand,
  validate: ValidateCommand,
  watchdog: WatchdogCommand,
}
