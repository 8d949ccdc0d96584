# shellcheck shell=bash
# Format, static checks, scripts and the project's own rules. Every part runs, also when an earlier one failed.

lint_failed=0

cpp_dirs() {
    local dir
    for dir in proto service client-sdk cli worker tests bench; do
        [[ ! -d $dir ]] || echo "$dir"
    done
}

# cpp_files PATTERN...: files of the project by name pattern, one a line.
cpp_files() {
    local pattern tests=()
    for pattern in "$@"; do tests+=(-o -name "$pattern"); done
    # shellcheck disable=SC2046  # directories of the project have no spaces
    find $(cpp_dirs) -type f \( "${tests[@]:1}" \) | sort
}

lint_part() {
    local name=$1 began=$SECONDS
    shift
    say "lint: $name"
    if "$@"; then
        note "$name: fine ($((SECONDS - began)) s)"
    else
        complain "lint: $name found something ($((SECONDS - began)) s)"
        lint_failed=1
    fi
}

lint_format() { cpp_files '*.hpp' '*.cpp' | xargs -r clang-format-19 --dry-run -Werror; }

lint_rules() { python3 tools/lint/test_rules.py && tools/lint/test_dev_build.sh && python3 tools/lint/rules.py; }

lint_scripts() {
    have shellcheck || {
        note "shellcheck is not installed: left out"
        return 0
    }
    local status=0
    # The parts of ./dev are read through it: alone they would use what others define.
    shellcheck -x -a dev .ci/run || status=1
    find tools/lint docker bench tests \( -name '*.sh' -o -path bench/run \) -type f -print0 |
        xargs -0r shellcheck -x -P SCRIPTDIR || status=1
    return "$status"
}

# A public header compiles alone: its user need not know what to include before it.
lint_headers() {
    local work
    work=$(mktemp -d)
    cpp_files '*.hpp' | grep '/include/' |
        xargs -r -P "$(jobs_for_build)" -I{} tools/lint/header_alone.sh {} "$work" || {
        rm -rf "$work"
        return 1
    }
    rm -rf "$work"
}

# Each mutant applies: one that does not has lost what it takes away.
lint_mutants() {
    local mutant status=0
    for mutant in tests/mutants/*.patch; do
        git apply --check -C1 "$mutant" || {
            complain "$mutant does not apply"
            status=1
        }
    done
    return "$status"
}

# The sources one by one, which the preset dev compiles; tests and benchmarks are left to the compilers' own warnings.
lint_tidy() {
    configure_preset dev || return
    cpp_files '*.cpp' | grep -Ev '^(tests|bench)/' | sed "s|^|$PWD/|" | only_compiled |
        xargs -r -P "$(jobs_for_build)" -n 4 clang-tidy-19 -p build-dev --quiet --extra-arg=-Wno-unknown-warning-option \
            --extra-arg=-Wno-unused-command-line-argument 2> >(grep -vE '^[0-9]+ warnings? generated|^Suppressed' >&2)
}

# Passes on those paths that build-dev/compile_commands.json knows.
only_compiled() { grep -Fxf <(sed -n 's/^ *"file": "\(.*\)",\{0,1\}$/\1/p' build-dev/compile_commands.json); }

cmd_lint() {
    local tidy=yes
    [[ ${1:-} != --no-tidy ]] || tidy=no
    ensure_packages build checks
    lint_part rules lint_rules
    lint_part scripts lint_scripts
    lint_part format lint_format
    lint_part mutants lint_mutants
    lint_part headers lint_headers
    lint_part reference make_reference
    [[ $tidy == no ]] || lint_part clang-tidy lint_tidy
    ((lint_failed == 0)) || die "lint found something"
    say "lint: nothing to complain about"
}
