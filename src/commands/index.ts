import { ApplyCommand } from './apply.ts'
import { CheckCommand } from './check.ts'
import { CniCommand } from './cni.ts'
import { ConfirmCommand } from './confirm.ts'
import { DestroyCommand } from './destroy.ts'
import { DoctorCommand } from './doctor.ts'
import { ImportCommand } from './import.ts'
import { offline } from './offline.ts'
import { PlanCommand } from './plan.ts'
import { RehearsalCommand } from './rehearsal.ts'
import { RehearseCommand } from './rehearse.ts'
import { RollbackCommand } from './rollback.ts'
import { ShowCommand } from './show.ts'
import { WatchCommand } from './watch.ts'
import { WatchdogCommand } from './watchdog.ts'

/** Every command by its name: what oclif's `explicit` discovery asks for. */
export const commands = {
  ...offline,
  apply: ApplyCommand,
  check: CheckCommand,
  cni: CniCommand,
  confirm: ConfirmCommand,
  destroy: DestroyCommand,
  doctor: DoctorCommand,
  import: ImportCommand,
  plan: PlanCommand,
  rehearsal: RehearsalCommand,
  rehearse: RehearseCommand,
  rollback: RollbackCommand,
  show: ShowCommand,
  watch: WatchCommand,
  watchdog: WatchdogCommand,
}
