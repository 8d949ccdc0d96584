#!/usr/bin/env bash
# Jobs where tugd is process 1: the end of the container ends them in order, and their results are there when it is back.
source "$(dirname "$0")/lib.sh"

tugd_options+=(-e TUG_STATE_DIR=/srv/state)
start_tugd
"$tug" job start --name ended -- sh -c 'echo done; exit 3' >/dev/null
equals "the job" 3 "$("$tug" job wait ended >/dev/null || echo $?)"
"$tug" job start --name obeys -- sh -c 'trap "echo bye; exit 5" TERM; echo up; while :; do sleep 0.1; done' >/dev/null
"$tug" job start --name plain -- sleep 300 >/dev/null
await_line 20 up 1 "$tug" job logs -f obeys || fail "the job does not run"
docker stop -t 30 "$name" >/dev/null
equals "exit code" 0 "$(docker inspect -f '{{.State.ExitCode}}' "$name")"

docker start "$name" >/dev/null
await_tugd
status_of() { "$tug" --json job status "$1"; }
[[ $(status_of ended) == *'"exit_code":3'* ]] || fail "a result is lost: $(status_of ended)"
for job in obeys plain; do
    [[ $(status_of "$job") == *'"state":"ended"'*'"reason":"cancelled"'* ]] ||
        fail "it is not told how the end of the container ended $job: $(status_of "$job")"
done
equals "what the job wrote" "up bye " "$("$tug" logs obeys | tr '\n' ' ')"
