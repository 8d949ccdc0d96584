#!/usr/bin/env bash
# A conversation with a real tugd, cut, ended and damaged at a sample of its bytes. usage: cuts_on_socket.sh BUILD_DIR.
# The tugd is that of build-asan beside BUILD_DIR where there is one, else that of BUILD_DIR. Up to 8 minutes.
set -euo pipefail
build=${1:?usage: cuts_on_socket.sh BUILD_DIR}
sanitized=$(dirname "$(realpath "$build")")/build-asan/bin/tugd
cmake --build "$build" --target tugd torture_cuts_on_socket >/dev/null
if [[ -x $sanitized ]]; then exec "$build/bin/torture_cuts_on_socket" "$sanitized"; fi
exec "$build/bin/torture_cuts_on_socket"
