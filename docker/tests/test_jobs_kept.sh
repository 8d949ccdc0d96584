#!/usr/bin/env bash
# Jobs where tugd is not process 1: tugd is killed and started again, the container lives, and so do its jobs.
source "$(dirname "$0")/lib.sh"

tugd_options+=(-e TUG_STATE_DIR=/srv/state)
run_tugd='while :; do /usr/bin/tugd; done'
start_tugd
# shellcheck disable=SC2016  # the shell on the host expands it
"$tug" job start -i --name counts -- sh -c 'echo up; read x; echo "it read $x"; exit 4' >/dev/null
await_line 20 up 1 "$tug" job logs -f counts || fail "the job does not run"
# shellcheck disable=SC2016  # for the shell in the container
kill_tugd='for p in /proc/[0-9]*; do if [ "$(cat "$p/comm" 2>/dev/null)" = tugd ]; then kill -9 "${p#/proc/}"; fi; done'
for _ in 1 2 3; do
    docker exec "$name" sh -c "$kill_tugd"
    await_tugd
    [[ $("$tug" --json job status counts) == *'"state":"running"'* ]] || fail "the job did not outlive its tugd"
done
echo typed | "$tug" job attach -i counts >"$work/out" && status=0 || status=$?
equals "exit code of the job" 4 "$status"
equals "what it wrote" "up it read typed " "$(tr '\n' ' ' <"$work/out")"
