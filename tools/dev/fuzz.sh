# shellcheck shell=bash
# Fuzzing: every build-asan/bin/fuzz_* over a copy of tests/fuzz/corpus/<target>/, so that the corpus that is kept
# changes by intent only. Findings stay in build-asan/fuzz-artifacts/<target>/.

fuzz_artifacts=build-asan/fuzz-artifacts
fuzz_passed=0 fuzz_failed=0

# The names of the fuzz targets that were built.
fuzz_targets() {
    local path
    for path in build-asan/bin/fuzz_*; do
        [[ -x $path ]] && basename "$path"
    done
    return 0
}

# The corpus may be named with or without the prefix of the binary.
corpus_of() {
    local dir
    for dir in "tests/fuzz/corpus/$1" "tests/fuzz/corpus/${1#fuzz_}"; do
        [[ -d $dir ]] && echo "$dir" && return
    done
    return 0
}

# fuzz_one TARGET SECONDS: becomes the fuzzer (call it as a job). What libFuzzer says goes to <target>.log.
fuzz_one() {
    local target=$1 seconds=$2 corpus work
    corpus=$(corpus_of "$target")
    work=$fuzz_artifacts/corpus-$target
    rm -rf "$work"
    mkdir -p "$fuzz_artifacts/$target" "$work"
    [[ -z $corpus ]] || cp -r "$corpus/." "$work/"
    exec "build-asan/bin/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$fuzz_artifacts/$target/" "$work" >"$fuzz_artifacts/$target.log" 2>&1
}

fuzz_report() {
    local target=$1 status=$2 runs
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$fuzz_artifacts/$target.log")
    if [[ $status -eq 0 ]]; then
        printf '    %-28s ok, %s runs\n' "$target" "${runs:-?}"
    else
        printf '    %-28s FOUND SOMETHING (status %s)\n' "$target" "$status"
        grep -E 'ERROR|SUMMARY|Test unit written|panic|runtime error' "$fuzz_artifacts/$target.log" || tail -20 "$fuzz_artifacts/$target.log"
    fi
}

# fuzz_all SECONDS: as many targets at a time as there are cores. Sets fuzz_passed and fuzz_failed.
fuzz_all() {
    local seconds=$1 width target status
    local -A pid_of=()
    local -a waiting=() names=()
    width=$(jobs_for_build)
    sanitizer_environment
    fuzz_passed=0 fuzz_failed=0
    mkdir -p "$fuzz_artifacts"
    mapfile -t names < <(fuzz_targets)
    while ((${#names[@]} > 0)); do
        waiting=("${names[@]:0:width}")
        names=("${names[@]:width}")
        for target in "${waiting[@]}"; do
            fuzz_one "$target" "$seconds" &
            pid_of[$target]=$!
        done
        for target in "${waiting[@]}"; do
            status=0
            wait "${pid_of[$target]}" || status=$?
            fuzz_report "$target" "$status"
            if [[ $status -eq 0 ]]; then fuzz_passed=$((fuzz_passed + 1)); else fuzz_failed=$((fuzz_failed + 1)); fi
        done
    done
}

cmd_fuzz() {
    local minutes=${1:-1}
    [[ $minutes =~ ^[0-9]+$ && $minutes -gt 0 ]] || die "MINUTES is a whole number over 0"
    build_preset asan fuzzers
    say "fuzzing each target for $minutes min"
    fuzz_all $((minutes * 60))
    ((fuzz_passed + fuzz_failed > 0)) || die "build-asan/bin holds no fuzz_* target"
    say "$fuzz_passed fuzz targets found nothing, $fuzz_failed found something; artifacts: $fuzz_artifacts"
    ((fuzz_failed == 0))
}
