#!/usr/bin/env bash
# Installs a build of tug into a fresh prefix and builds and runs applications outside of the tree against it: one found
# by CMake, one by pkg-config, and one against a copy of the prefix, which may stand anywhere.
#
#     run.sh BUILD_DIR
set -euo pipefail
build=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cached() { sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt"; }
compiler=$(cached CMAKE_CXX_COMPILER)
sanitize=$(cached TUG_SANITIZE)
flags=-Wall
if [[ -n $sanitize ]]; then flags+=" -fsanitize=$sanitize"; fi

cmake --install "$build" --prefix "$work/installed" >/dev/null
# Nothing in it may lead back to where it was built.
mv "$work/installed" "$work/prefix"

echo "== find_package(tug)"
cmake -S "$here" -B "$work/cmake" -G "$(cached CMAKE_GENERATOR)" -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_CXX_COMPILER="$compiler" \
    -DCMAKE_CXX_FLAGS="$flags" >/dev/null
cmake --build "$work/cmake" >/dev/null
"$work/cmake/consumer"
if [[ -x $work/cmake/embedder ]]; then "$work/cmake/embedder"; fi

echo "== pkg-config tug"
pc=$(find "$work/prefix" -name tug.pc)
export PKG_CONFIG_PATH=${pc%/*}
# shellcheck disable=SC2046,SC2086 # the words are meant to be split
"$compiler" -std=c++20 $flags "$here/main.cpp" -o "$work/by_pkg_config" $(pkg-config --cflags --libs tug)
"$work/by_pkg_config"
