#!/usr/bin/env bash
# `docker kill` during an exec and a put: both end by a named error within a bound; after a restart the daemon serves,
# the file that was there is whole, and nothing of the broken put is left after the next one.
source "$(dirname "$0")/lib.sh"

start_tugd
echo "the old version" >"$work/old"
"$tug" put "$work/old" :dir.file
start_exec 'exec sleep 300'
start_put dir.file
docker kill "$name" >/dev/null

ends_within 15 "$exec_pid"
equals "exit code of tug exec" 125 "$status"
names_error "$work/exec.err" connection_lost
ends_within 15 "$put_pid"
equals "exit code of tug put" 1 "$status"
names_error "$work/put.err" connection_lost
exec {put_in}>&-

docker start "$name" >/dev/null
await_tugd
"$tug" ping
"$tug" get :dir.file "$work/now"
cmp "$work/old" "$work/now" || fail "the file is torn"
"$tug" put "$work/old" :another
equals "files in the root" "another dir.file " "$("$tug" exec -- ls -A | tr '\n' ' ')"
