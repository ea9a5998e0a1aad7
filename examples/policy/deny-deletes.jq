# Says what of a plan deletes or replaces something, on standard error, and ends with 1; else with 0.
#
#   netplan plan --json | jq -f deny-deletes.jq

# What was written is one object, however many chains it is made of: a service that stays may lose some.
[
  .changes
  | group_by(.group // .address)[]
  | select(all(.actions | index("delete")))
  | "\(.[0].group // .[0].title) must not be destroyed or replaced"
]
| if length == 0 then "nothing is denied" else (join("\n") + "\n" | halt_error(1)) end
