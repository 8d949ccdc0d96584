#!/usr/bin/env bash
# As PID 1 tugd reaps what commands leave behind: children of children, with and without a session of their own.
source "$(dirname "$0")/lib.sh"

start_tugd
for number in {1..20}; do
    said=$("$tug" exec -- sh -c "echo $number; (true &); (setsid true &); (setsid sh -c 'sleep 0.05 &' &)")
    equals "output" "$number" "$said"
done
count_processes ' Z '
equals "zombies" 0 "$count"
# The look itself is a cat, and the health check runs a tug now and then; nothing else may be left.
count_processes '^[0-9]+ \((tugd|tug|cat|runc.*)\) ' -v
equals "processes other than tugd" 0 "$count"
