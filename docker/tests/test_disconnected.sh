#!/usr/bin/env bash
# The network goes away under a running call: the client learns it by a named error, tugd by its timers, and it kills
# the command then. Both have 30 s plus the time between two probes. A new connection works once the network is back.
source "$(dirname "$0")/lib.sh"

start_tugd
start_exec 'exec sleep 300'
count_processes '\(sleep\)'
equals "commands before" 1 "$count"
docker network disconnect "$name" "$name"

status=0
timeout 60 "$tug" ping --timeout 2 2>"$work/ping.err" || status=$?
equals "exit code of tug ping" 1 "$status"
names_error "$work/ping.err" timed_out connect_timed_out connect_failed

ends_within 100 "$exec_pid"
equals "exit code of tug exec" 125 "$status"
names_error "$work/exec.err" connection_lost

deadline=$((SECONDS + 100))
while count_processes '\(sleep\)' && ((count > 0)); do
    ((SECONDS < deadline)) || fail "the command outlives its client"
    sleep 0.5 # nothing tells the host when a process in a container ends
done

docker network connect "$name" "$name"
find_tugd
"$tug" exec -- true
