#!/usr/bin/env bash
# `docker stop` sends SIGTERM: an idle tugd ends at once with 0; one with a command gives it the grace, then ends with 0.
source "$(dirname "$0")/lib.sh"

start_tugd
began=$SECONDS
docker stop -t 30 "$name" >/dev/null
((SECONDS - began < 5)) || fail "an idle tugd took $((SECONDS - began)) s to end"
equals "exit code when idle" 0 "$(docker inspect -f '{{.State.ExitCode}}' "$name")"

docker start "$name" >/dev/null
await_tugd
start_exec 'exec sleep 300'
began=$SECONDS
docker stop -t 60 "$name" >/dev/null
((SECONDS - began < 20)) || fail "tugd with a command took $((SECONDS - began)) s to end"
equals "exit code with a command" 0 "$(docker inspect -f '{{.State.ExitCode}}' "$name")"
ends_within 10 "$exec_pid"
[[ $status -ne 0 ]] || fail "the command that was ended is told as a success"
