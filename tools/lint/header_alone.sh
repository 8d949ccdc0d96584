#!/usr/bin/env bash
# header_alone.sh HEADER WORKDIR: compiles a file that includes nothing but HEADER.
set -euo pipefail
header=$1 work=$2
source_file=$work/$(tr / _ <<<"$header").cpp
printf '#include "%s"\n' "${header#*/include/}" >"$source_file"
includes=()
for dir in proto/include proto/os/include proto/net/include service/include client-sdk/include; do includes+=(-I "$dir"); done
launcher=()
! command -v ccache >/dev/null || launcher=(ccache)
"${launcher[@]}" g++ -std=c++20 -Wall -Wextra -DBOOST_ASIO_NO_DEPRECATED "${includes[@]}" -c "$source_file" \
    -o "$source_file.o" || {
    printf '%s:1: [self-contained] does not compile alone\n' "$header" >&2
    exit 1
}
