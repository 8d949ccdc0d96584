#!/usr/bin/env bash
# A container that stands still: a call with a timeout ends by it; when it goes on, so does the work.
source "$(dirname "$0")/lib.sh"

start_tugd
start_exec 'sleep 2'
"$tug" ping
docker pause "$name" >/dev/null
began=$SECONDS status=0
timeout 30 "$tug" ping --timeout 1 2>"$work/ping.err" || status=$?
equals "exit code of tug ping" 1 "$status"
((SECONDS - began < 10)) || fail "a timeout of 1 s took $((SECONDS - began)) s"
names_error "$work/ping.err" timed_out connect_timed_out
docker unpause "$name" >/dev/null
"$tug" ping
ends_within 20 "$exec_pid"
equals "the exec that was paused" 0 "$status"
