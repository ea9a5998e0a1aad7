# A plan in the shape of Terraform's, for policies that were written for that:
#
#   netplan plan --json | jq -f terraform.jq | conftest test --policy terraform-deny-deletes.rego -
{
  format_version: "1.2",
  resource_changes: [
    .changes[] | { address, type: .kind, name: .title, change: { actions, before, after } }
  ]
}
