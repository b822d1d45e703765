#!/usr/bin/env bash
# Adds authentication to an existing Go API.
#
#   setup-api-auth.sh <gin|echo|fiber|chi> <project-path> [--provider clerk|oidc] [--major vN] [--dry-run]
#
# It needs Go, and runs `authkeel setup`; see its --help.
set -euo pipefail

if ! command -v go >/dev/null; then
  echo 'setup-api-auth.sh: Go is not installed, or not in PATH; get it from https://go.dev/dl/' >&2
  exit 1
fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [[ -f $here/authkeel/main.go ]]; then # in a checkout: build the command of the checkout
  env -u GOWORK -u GOFLAGS go build -C "$here" -o "$here/../.build/bin/authkeel" ./authkeel
  exec "$here/../.build/bin/authkeel" setup "$@"
fi
exec go run github.com/authkeel/authkeel/scripts/authkeel@latest setup "$@"
