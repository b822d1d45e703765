#!/usr/bin/env bash
# Checks that an API is protected: starts it with a local issuer and attacks it.
#
#   test-api-auth.sh <project-path> [--base-url URL] [--spec FILE] [--route METHOD:/path]... [--admin-route METHOD:/path]
#
# It needs Go, and runs `authkeel check`; see its --help.
set -euo pipefail

if ! command -v go >/dev/null; then
  echo 'test-api-auth.sh: Go is not installed, or not in PATH; get it from https://go.dev/dl/' >&2
  exit 1
fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [[ -f $here/authkeel/main.go ]]; then # in a checkout: build the command of the checkout
  env -u GOWORK -u GOFLAGS go build -C "$here" -o "$here/../.build/bin/authkeel" ./authkeel
  exec "$here/../.build/bin/authkeel" check "$@"
fi
exec go run github.com/authkeel/authkeel/scripts/authkeel@latest check "$@"
