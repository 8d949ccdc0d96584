# shellcheck shell=bash
# Building and running the tests, and counting them. Each group adds one line to the table at the end.

release_groups=(unit integration system example consumer)
test_timeout_s=300
summary=()
total_passed=0 total_failed=0 total_skipped=0

# record GROUP PASSED FAILED SKIPPED SECONDS
record() {
    summary+=("$(printf '%-22s %7d %7d %7d %7ds' "$@")")
    total_passed=$((total_passed + $2))
    total_failed=$((total_failed + $3))
    total_skipped=$((total_skipped + $4))
}

# A phase that fails as a whole counts as one failure and the run goes on: phase NAME COMMAND...
# COMMAND is a program (./dev build...) and no function: bash ignores `set -e` inside one that is called as a condition.
phase() {
    local name=$1 began=$SECONDS status=0
    shift
    "$@" || status=$?
    note "$name took $((SECONDS - began)) s"
    if [[ $status -ne 0 ]]; then
        complain "$name failed"
        record "$name" 0 1 0 $((SECONDS - began))
    fi
    return "$status"
}

# ctest_group NAME DIR LABEL: every test of that label, counted from ctest's own report.
ctest_group() {
    local name=$1 dir=$2 label=$3 began=$SECONDS report counts
    report=$PWD/$dir/report-$label.xml
    rm -f "$report"
    say "tests: $name"
    ctest --test-dir "$dir" -L "^$label\$" -j "$(nproc)" --timeout "$test_timeout_s" --output-on-failure \
        --no-tests=error --output-junit "$report" || complain "$name: there are failures"
    counts=$(python3 tools/dev/count_tests.py "$report")
    # shellcheck disable=SC2086  # three words on purpose
    record "$name" $counts $((SECONDS - began))
}

test_release() {
    phase "build release" ./dev build release || return 0
    local label
    for label in "$@"; do ctest_group "$label" build "$label"; done
}

# Under sanitizers only what the tests need is built, and the fuzzers: all of it would take as long again.
test_asan() {
    phase "build asan" ./dev build asan tug_unit_tests tug_integration_tests tug_system_tests || return 0
    sanitizer_environment
    local label
    for label in unit integration system; do ctest_group "asan $label" build-asan "$label"; done
}

test_fuzz() {
    phase "build fuzz" ./dev build asan fuzzers || return 0
    local began=$SECONDS
    say "tests: fuzz, ${TUG_FUZZ_SECONDS:-30} s a target"
    fuzz_all "${TUG_FUZZ_SECONDS:-30}"
    # No target at all is a broken build, not a success.
    ((fuzz_passed + fuzz_failed > 0)) || fuzz_failed=1
    record fuzz "$fuzz_passed" "$fuzz_failed" 0 $((SECONDS - began))
}

test_tsan() {
    phase "build tsan" ./dev build tsan tug_unit_tests tug_integration_tests || return 0
    sanitizer_environment
    local label
    for label in unit integration; do ctest_group "tsan $label" build-tsan "$label"; done
}

# In a process of its own, which may start an engine and stops it again; it leaves its counts in a file.
test_docker() {
    local began=$SECONDS counts='0 1 0'
    rm -f build/docker/counts
    ./dev docker test || complain "docker: there are failures"
    [[ ! -f build/docker/counts ]] || counts=$(<build/docker/counts)
    # shellcheck disable=SC2086  # three words on purpose
    record docker $counts $((SECONDS - began))
}

# Everything of ./dev lint but clang-tidy, which takes longer than all the rest.
test_lint() {
    local began=$SECONDS
    if ./dev lint --no-tidy; then
        record lint 1 0 0 $((SECONDS - began))
    else
        record lint 0 1 0 $((SECONDS - began))
    fi
}

print_summary() {
    local line
    printf '\n%-22s %7s %7s %7s %8s\n' group passed failed skipped time
    for line in "${summary[@]}"; do printf '%s\n' "$line"; done
    printf '\n%d passed, %d failed' "$total_passed" "$total_failed"
    ((total_skipped == 0)) || printf ', %d skipped' "$total_skipped"
    printf '\n'
}

run_test_group() {
    case $1 in
    release) test_release "${release_groups[@]}" ;;
    unit | integration | system | example | consumer) test_release "$1" ;;
    torture) ensure_packages torture && test_release torture ;;
    asan) test_asan ;;
    fuzz) test_fuzz ;;
    tsan) test_tsan ;;
    docker) test_docker ;;
    lint) test_lint ;;
    console) test_console ;;
    *) die "no test group $1: see ./dev help" ;;
    esac
}

cmd_test() {
    local group groups=("$@")
    ((${#groups[@]} > 0)) || groups=(lint release console docker asan fuzz tsan)
    for group in "${groups[@]}"; do
        say "group $group"
        run_test_group "$group"
    done
    print_summary
    ((total_failed == 0 && total_passed + total_skipped > 0))
}
