#!/bin/sh
# cni-chain.sh COMMAND FOLDER POD...
#
# A network, as a container runtime has it done by plugins of CNI: for each pod, whose namespace is there
# already, each plugin of FOLDER/COMMAND (a line each: its file, and what its configurations are called) in turn,
# with the result of the one before. FOLDER/configurations has those of each pod, as JSON without its last brace,
# and FOLDER/results what came of an ADD.
set -eu
command=$1 folder=$2
shift 2
export CNI_COMMAND="$command" CNI_PATH="$folder/bin:/usr/lib/cni:/opt/cni/bin" CNI_IFNAME=eth0
for pod; do
  result=
  [ "$command" = ADD ] || result=$(cat "$folder/results/$pod")
  while read -r program name; do
    IFS= read -r configuration <"$folder/configurations/$pod.$name"
    [ -z "$result" ] || configuration="$configuration,\"prevResult\":$result"
    answer=$(printf '%s}' "$configuration" |
      CNI_CONTAINERID="$pod" CNI_NETNS="/run/netns/$pod" "$program")
    case $command$answer in
    ADD*'"ips"'*) result=$answer ;;
    ADD*) echo "$program: no result: $answer" >&2 && exit 1 ;;
    esac
  done <"$folder/$command"
  [ "$command" != ADD ] || printf '%s' "$result" >"$folder/results/$pod"
done
