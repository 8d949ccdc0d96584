#!/usr/bin/env bash
# A conversation with a real tugd, one with sanitizers, cut, ended and damaged at a sample of its bytes.
# usage: cuts_on_socket.sh BUILD_DIR. Up to 8 minutes, and its build.
set -euo pipefail
build=${1:?usage: cuts_on_socket.sh BUILD_DIR}
source "$(dirname "$0")/support/sanitized.sh"
cmake --build "$build" --target torture_cuts_on_socket >/dev/null
exec "$build/bin/torture_cuts_on_socket" "$sanitized"
