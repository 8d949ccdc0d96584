#!/usr/bin/env bash
# The image becomes healthy by its own check, and does its work on a read-only file system without capabilities.
source "$(dirname "$0")/lib.sh"

start_tugd
since=$(docker inspect -f '{{.State.StartedAt}}' "$name")
await_line 60 "health_status: healthy" 1 \
    docker events --since "$since" --filter "container=$name" --format '{{.Status}}' || fail "it does not become healthy"
equals "health" healthy "$(docker inspect -f '{{.State.Health.Status}}' "$name")"

! docker exec "$name" sh -c 'echo x >/usr/bin/x' 2>/dev/null || fail "the root file system can be written"
equals "user" 10001 "$("$tug" exec -- id -u)"
head -c 5000000 /dev/urandom >"$work/a"
"$tug" put "$work/a" :a
"$tug" get :a "$work/b"
cmp "$work/a" "$work/b" || fail "the file came back changed"
equals "sum in the container" "$(sha256sum <"$work/a")" "$("$tug" exec -- sh -c 'sha256sum <a')"
