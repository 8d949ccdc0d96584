#!/usr/bin/env bash
# An image with the static programs alone: commands and files where there is no shell, no tar and no library.
source "$(dirname "$0")/lib.sh"

size=$(docker image inspect -f '{{.Size}}' tug:scratch)
((size < 12 * 1024 * 1024)) || fail "the image has $size bytes; 12 MiB are its limit"

mkdir -m 755 "$work/etc"
"$tug" keygen tests -o "$work/etc/keys"
export TUG_KEY_FILE=$work/client.key
cp "$work/etc/keys" "$TUG_KEY_FILE"
chown 10001 "$work/etc/keys"
docker network create --label tug-test "$name" >/dev/null
docker volume create --label tug-test "$name-files" >/dev/null
docker run -d --name "$name" --label tug-test --network "$name" --read-only --cap-drop ALL \
    --security-opt no-new-privileges --health-interval 1s -e TUG_ALLOW_PLAINTEXT=1 --user 10001:10001 \
    -v "$work/etc:/etc/tug:ro" --tmpfs /files:uid=10001 tug:scratch >/dev/null
await_tugd
await_healthy

equals "a command" "$("$tug" --version)" "$("$tug" exec -- /usr/bin/tug --version)"
equals "found by its name" "$("$tug" --version)" "$("$tug" exec -- tug --version)"
status=0
"$tug" exec --shell 'echo no' 2>"$work/err" || status=$?
equals "a shell that is not there" 127 "$status"
head -c 3000000 /dev/urandom >"$work/a"
"$tug" put "$work/a" :/files/a
"$tug" get :/files/a "$work/b"
cmp "$work/a" "$work/b" || fail "the file came back changed"
equals "a listing" "a" "$("$tug" ls :/files)"
# A name that only the resolver of the network knows, out of a static program.
status=0
"$tug" exec -- tug ping "$name" 2>"$work/err" || status=$?
[[ $status -eq 0 ]] || fail "a name is not resolved: $(cat "$work/err")"
