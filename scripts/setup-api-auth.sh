#!/usr/bin/env bash
# Adds authentication to an existing Go API.
#
#   setup-api-auth.sh <gin|echo|fiber|chi> <project-path> [--provider clerk|oidc] [--dry-run]
#
# It finds Go and hands over to `authkeel setup`, which says more with --help.
set -euo pipefail

if ! command -v go >/dev/null; then
  echo 'setup-api-auth.sh: Go is not installed, or not in PATH; it is at https://go.dev/dl/' >&2
  exit 1
fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [[ -f $here/authkeel/main.go ]]; then # in a checkout: its own command, from the folder one is in
  env -u GOWORK -u GOFLAGS go build -C "$here" -o "$here/../.build/bin/authkeel" ./authkeel
  exec "$here/../.build/bin/authkeel" setup "$@"
fi
exec go run github.com/authkeel/authkeel/scripts/authkeel@latest setup "$@"
