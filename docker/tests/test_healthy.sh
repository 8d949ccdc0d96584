#!/usr/bin/env bash
# The image becomes healthy by its own check, and does its work on a read-only file system without capabilities.
source "$(dirname "$0")/lib.sh"

start_tugd
await_healthy

! docker exec "$name" sh -c 'echo x >/usr/bin/x' 2>/dev/null || fail "the root file system can be written"
equals "user" 10001 "$("$tug" exec -- id -u)"
head -c 5000000 /dev/urandom >"$work/a"
"$tug" put "$work/a" :a
"$tug" get :a "$work/b"
cmp "$work/a" "$work/b" || fail "the file came back changed"
equals "sum in the container" "$(sha256sum <"$work/a")" "$("$tug" exec -- sh -c 'sha256sum <a')"
