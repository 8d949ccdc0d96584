# shellcheck shell=bash
# The tests inside Docker: the compose tests, then each script of docker/tests/. What they counted stands in
# build/docker/counts afterwards, as `passed failed skipped`.

docker_passed=0 docker_failed=0 docker_skipped=0

compose() {
    # shellcheck disable=SC2046  # two words on purpose
    $(compose_tool) -p tug-test -f docker/docker-compose.test.yml "$@"
}

remove_test_containers() {
    compose down -v --remove-orphans >/dev/null 2>&1 || true
    docker ps -aq --filter label=tug-test | xargs -r docker rm -f >/dev/null
    docker network ls -q --filter label=tug-test | xargs -r docker network rm >/dev/null
    docker volume ls -q --filter label=tug-test | xargs -r docker volume rm >/dev/null
}

# Adds what Boost.Test reported in the log $1; a run that failed without a report is one failure.
count_compose() {
    local status=$1 log=$2 passed failed
    passed=$(sed -nE 's/.*[^0-9]([0-9]+) test cases? out of [0-9]+ passed.*/\1/p' "$log" | tail -n 1)
    failed=$(sed -nE 's/.*[^0-9]([0-9]+) test cases? out of [0-9]+ (failed|aborted).*/\1/p' "$log" | tail -n 1)
    [[ $status -eq 0 || -n $failed ]] || failed=1
    [[ -n $passed || -n $failed ]] || failed=1
    docker_passed=$((docker_passed + ${passed:-0}))
    docker_failed=$((docker_failed + ${failed:-0}))
}

run_compose_tests() {
    local log=$docker_dir/compose.log status=0
    say "docker: client and daemon in two containers"
    timeout 600 bash -c "$(declare -f have compose_tool compose); compose up --no-color --abort-on-container-exit --exit-code-from test" \
        >"$log" 2>&1 || status=$?
    count_compose "$status" "$log"
    if [[ $status -eq 0 ]]; then
        grep -E 'test cases? out of' "$log" || true
    else
        tail -n 60 "$log"
    fi
}

run_script_tests() {
    local script began status
    for script in docker/tests/test_*.sh; do
        began=$SECONDS
        if [[ $script == */test_packages.sh || $script == */test_hosts.sh ]] && ! docker image inspect tug:systemd >/dev/null 2>&1 ||
            [[ $script == */test_monitoring.sh ]] && ! docker image inspect tug-monitoring >/dev/null 2>&1; then
            printf '    [skipped] %s\n' "$(basename "$script" .sh)"
            docker_skipped=$((docker_skipped + 1))
            continue
        fi
        status=0
        timeout 300 "$script" >"$docker_dir/$(basename "$script").log" 2>&1 || status=$?
        if ((status == 77)); then # it says so where it needs what is not here
            printf '    [skipped] %s\n' "$(basename "$script" .sh)"
            docker_skipped=$((docker_skipped + 1))
        elif ((status == 0)); then
            printf '    [ok] %-28s %3d s\n' "$(basename "$script" .sh)" $((SECONDS - began))
            docker_passed=$((docker_passed + 1))
        else
            printf '    [FAILED] %-24s %3d s\n' "$(basename "$script" .sh)" $((SECONDS - began))
            tail -n 30 "$docker_dir/$(basename "$script").log"
            docker_failed=$((docker_failed + 1))
        fi
    done
}

docker_count() {
    printf '%d %d %d\n' "$1" "$2" "$3" >"$docker_dir/counts"
    say "docker: $1 passed, $2 failed, $3 skipped"
}

# An engine that was not running before is stopped again, whatever happens.
docker_test() {
    mkdir -p "$docker_dir"
    rm -f "$docker_dir/counts"
    if ! engine_answers; then
        trap stop_engine EXIT
        if ! ensure_engine; then
            if in_ci || [[ $EUID -eq 0 ]]; then die "no Docker engine"; fi
            docker_count 0 0 1
            return
        fi
    fi
    docker_up
    ./dev package
    remove_test_containers
    run_compose_tests
    run_script_tests
    remove_test_containers
    docker_count "$docker_passed" "$docker_failed" "$docker_skipped"
    ((docker_failed == 0))
}
