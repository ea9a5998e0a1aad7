# The same for Open Policy Agent:
#
#   netplan plan --json | conftest test --policy deny-deletes.rego -
package main

import rego.v1

deny contains message if {
	some change in input.changes
	"delete" in change.actions
	not is_part_of_what_stays(change)
	message := sprintf("%s must not be destroyed or replaced", [name(change)])
}

# What was written is one object, however many chains it is made of: a service that stays may lose some.
is_part_of_what_stays(change) if {
	change.group != null
	some other in input.changes
	other.group == change.group
	not "delete" in other.actions
}

name(change) := change.title if change.group == null

name(change) := change.group if change.group != null
