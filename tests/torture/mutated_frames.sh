#!/usr/bin/env bash
# A million nearly right frames over 20,000 connections to a tugd with sanitizers. Up to 8 minutes, and its build.
# usage: mutated_frames.sh BUILD_DIR [OPTION VALUE...]; options: --frames N, --connections N, --seed N, --minutes N.
set -euo pipefail
build=${1:?usage: mutated_frames.sh BUILD_DIR [OPTION VALUE...]}
shift
source "$(dirname "$0")/support/sanitized.sh"
cmake --build "$build" --target torture_mutated_frames >/dev/null
exec "$build/bin/torture_mutated_frames" --tugd "$sanitized" "$@"
