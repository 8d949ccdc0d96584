# shellcheck shell=bash
# Builds tugd with ASan and UBSan, for the scripts that read this file; sets `sanitized`, its path.
top=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../../..")
"$top/dev" build asan tugd >/dev/null
# shellcheck disable=SC2034  # read by those scripts
sanitized=$top/build-asan/bin/tugd
