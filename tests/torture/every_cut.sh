#!/usr/bin/env bash
# A recorded conversation, cut, ended and damaged at every byte, in memory. usage: every_cut.sh BUILD_DIR. Up to 8 minutes.
set -euo pipefail
build=${1:?usage: every_cut.sh BUILD_DIR}
cmake --build "$build" --target torture_every_cut >/dev/null
exec "$build/bin/torture_every_cut"
