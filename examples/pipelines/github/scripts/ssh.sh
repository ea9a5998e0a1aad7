#!/bin/sh
# Makes ready to reach the nodes: the key, and whom to believe that they are the nodes. A host that is not in
# SSH_KNOWN_HOSTS is no node. Later steps find the command in NETPLAN_SSH.
set -eu

folder=$RUNNER_TEMP/ssh
umask 077
mkdir -p "$folder"
printf '%s\n' "$SSH_KEY" >"$folder/key"
printf '%s\n' "$SSH_KNOWN_HOSTS" >"$folder/known_hosts"
cat >"$folder/config" <<end
BatchMode yes
ConnectTimeout 10
User ${SSH_USER:-root}
IdentityFile $folder/key
IdentitiesOnly yes
UserKnownHostsFile $folder/known_hosts
StrictHostKeyChecking yes
end
echo "NETPLAN_SSH=ssh -F $folder/config" >>"$GITHUB_ENV"
