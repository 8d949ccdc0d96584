#!/usr/bin/env bash
# A test of tools/dev/build.sh: when a build folder is configured again. Nothing is installed or built.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tools/dev/common.sh
source tools/dev/common.sh
# shellcheck source=tools/dev/setup.sh
source tools/dev/setup.sh
# shellcheck source=tools/dev/build.sh
source tools/dev/build.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
here='installed cmake 3.25'
folder=$work/build

ensure_packages() { :; }
say() { :; }
build_dir_of() { echo "$folder"; }
dpkg-query() { printf '%s\n' "$here"; }
cmake() {
    echo "cmake $*" >>"$work/calls"
    mkdir -p "$folder"
    touch "$folder/build.ninja"
    echo "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" >"$folder/CMakeCache.txt"
}

# configures TIMES WHEN: so often has it been configured by now.
configures() {
    configure_preset release
    local calls
    calls=$(wc -l <"$work/calls")
    [[ $calls == "$1" ]] && return 0
    complain "test_dev_build: $2: configured $calls times, not $1"
    return 1
}

configures 1 "at first"
configures 1 "a second time"
here+=$'\ninstalled libgrpc++-dev 1.51'
configures 2 "after a package has come"
configures 2 "and then no more"
here=${here/1.51/1.52}
configures 3 "after a package has another version"
here+=$'\nnot-installed capnproto '
configures 3 "a package that is not there is none"
rm "$folder/build.ninja"
configures 4 "a folder that is not whole"
