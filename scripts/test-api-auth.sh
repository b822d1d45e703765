#!/usr/bin/env bash
# Proves that an API is protected: starts it against a local issuer and attacks it.
#
#   test-api-auth.sh <project-path> [--base-url URL] [--spec FILE] [--route METHOD:/path]... [--admin-route METHOD:/path]
#
# It finds Go and hands over to `authkeel check`, which says more with --help.
set -euo pipefail

if ! command -v go >/dev/null; then
  echo 'test-api-auth.sh: Go is not installed, or not in PATH; it is at https://go.dev/dl/' >&2
  exit 1
fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [[ -f $here/authkeel/main.go ]]; then # in a checkout: its own command, from the folder one is in
  env -u GOWORK -u GOFLAGS go build -C "$here" -o "$here/../.build/bin/authkeel" ./authkeel
  exec "$here/../.build/bin/authkeel" check "$@"
fi
exec go run github.com/authkeel/authkeel/scripts/authkeel@latest check "$@"
