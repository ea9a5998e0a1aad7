# A policy as people have it for Terraform: behind terraform.jq it is one for nodes.
package main

import rego.v1

deny contains message if {
	some resource in input.resource_changes
	"delete" in resource.change.actions
	message := sprintf("%s (%s) must not be deleted", [resource.address, resource.type])
}
