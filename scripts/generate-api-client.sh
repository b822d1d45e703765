#!/usr/bin/env bash
# Writes a typed client of an API, with authentication built in.
#
#   generate-api-client.sh <rest|graphql|axios|trpc|go> <output-path> [--spec FILE|-|URL]
#
# It finds Go and hands over to `authkeel client`, which says more with --help.
set -euo pipefail

if ! command -v go >/dev/null; then
  echo 'generate-api-client.sh: Go is not installed, or not in PATH; it is at https://go.dev/dl/' >&2
  exit 1
fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [[ -f $here/authkeel/main.go ]]; then # in a checkout: its own command, from the folder one is in
  env -u GOWORK -u GOFLAGS go build -C "$here" -o "$here/../.build/bin/authkeel" ./authkeel
  exec "$here/../.build/bin/authkeel" client "$@"
fi
exec go run github.com/authkeel/authkeel/scripts/authkeel@latest client "$@"
