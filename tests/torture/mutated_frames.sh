#!/usr/bin/env bash
# A million nearly right frames over 20,000 connections. usage: mutated_frames.sh BUILD_DIR [OPTION VALUE...]
# The tugd is that of build-asan beside BUILD_DIR where there is one, else that of BUILD_DIR. Up to 8 minutes.
# Options: --frames N, --connections N, --seed N, --minutes N, --tugd PATH.
set -euo pipefail
build=${1:?usage: mutated_frames.sh BUILD_DIR [OPTION VALUE...]}
shift
sanitized=$(dirname "$(realpath "$build")")/build-asan/bin/tugd
[[ ! -x $sanitized ]] || set -- --tugd "$sanitized" "$@"
cmake --build "$build" --target tugd torture_mutated_frames >/dev/null
exec "$build/bin/torture_mutated_frames" "$@"
