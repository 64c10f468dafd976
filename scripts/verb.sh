#!/bin/sh
# Runs one verb of package.json: checks for Node 20 in words that help, then hands over to scripts/verbs/<verb>.mjs.
# Plain shell, because an old Node could not even parse the check.
major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)
if [ "$major" -lt 20 ]; then
  echo "Node 20 or newer is needed, and 'node' here is $(node --version 2>/dev/null || echo missing)." >&2
  echo "Install it from https://nodejs.org/en/download and run the command again." >&2
  exit 1
fi
verb=$1
shift
exec node "$(dirname "$0")/verbs/$verb.mjs" "$@"
