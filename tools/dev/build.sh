# shellcheck shell=bash
# Building by preset, see CMakePresets.json.

build_dir_of() {
    case $1 in
    release) echo build ;;
    *) echo "build-$1" ;;
    esac
}

packages_of_preset() {
    case $1 in
    asan | tsan) echo build checks ;;
    *) echo build ;;
    esac
}

# A build folder that was copied or moved with its checkout names the old place; CMake refuses it.
configured_here() {
    local dir=$1
    [[ -f $dir/build.ninja ]] && grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" "$dir/CMakeCache.txt"
}

# What of the packages that any command installs is here, and which version: CMake looked for some of them, and leaves out
# what it did not find (the peers of the benchmark).
packages_here() {
    have dpkg-query || return 0
    local names
    names=$(printf '%s\n' "${packages[@]}" | awk 'NF { print $1 }' | sort -u)
    # shellcheck disable=SC2086  # the words are the arguments
    dpkg-query -W -f '${db:Status-Status} ${Package} ${Version}\n' $names 2>/dev/null | grep '^installed ' || true
}

configured_with_these_packages() {
    [[ -f $1/packages ]] && packages_here | cmp -s - "$1/packages"
}

# Configures where that was not done yet, or not with the packages that are here now, and installs what the preset needs.
configure_preset() {
    local preset=$1 dir
    dir=$(build_dir_of "$preset")
    # shellcheck disable=SC2046  # the words are the arguments
    ensure_packages $(packages_of_preset "$preset")
    if ! configured_here "$dir" || ! configured_with_these_packages "$dir"; then
        say "configuring $dir"
        cmake --preset "$preset" --fresh
        packages_here >"$dir/packages"
    fi
}

# build_preset PRESET [TARGET...]: all targets when none is named.
build_preset() {
    local preset=$1 dir target targets=()
    shift
    configure_preset "$preset"
    dir=$(build_dir_of "$preset")
    for target in "$@"; do targets+=(--target "$target"); done
    say "building $dir"
    cmake --build "$dir" -j "$(jobs_for_build)" "${targets[@]}"
}

# What the sanitizers are told at run time; tests that set their own options of this kind add to these.
sanitizer_environment() {
    local symbolizer=/usr/lib/llvm-19/bin/llvm-symbolizer
    export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1
    export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
    export TSAN_OPTIONS=second_deadlock_stack=1:external_symbolizer_path=$symbolizer:suppressions=$PWD/tests/tsan.supp
    export ASAN_SYMBOLIZER_PATH=$symbolizer
}

cmd_build() {
    local preset=${1:-release}
    case $preset in
    static)
        build_preset release tugd-static tug-static
        note "binaries: build/static"
        return
        ;;
    release | dev | asan | tsan) build_preset "$preset" "${@:2}" ;;
    *) die "no preset $preset: release, static, dev, asan or tsan" ;;
    esac
    note "binaries: $(build_dir_of "$preset")/bin"
}
