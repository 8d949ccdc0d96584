#!/usr/bin/env bash
# An image with the static tugd alone: commands, files and trees where there is no shell, no tar and no library.
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
    --security-opt no-new-privileges -e TUG_ALLOW_PLAINTEXT=1 -v "$work/etc:/etc/tug:ro" \
    --tmpfs /files:uid=10001 tug:scratch >/dev/null
await_tugd

version=$(build/static/tugd --version)
equals "a command" "$version" "$("$tug" exec -- /usr/bin/tugd --version)"
equals "found by its name" "$version" "$("$tug" exec -- tugd --version)"
status=0
"$tug" exec --shell 'echo no' 2>"$work/err" || status=$?
equals "a shell that is not there" 127 "$status"
head -c 3000000 /dev/urandom >"$work/a"
"$tug" put "$work/a" :/files/a
"$tug" get :/files/a "$work/b"
cmp "$work/a" "$work/b" || fail "the file came back changed"
equals "a listing" "a" "$("$tug" ls :/files)"
mkdir -p "$work/tree/below"
cp "$work/a" "$work/tree/below/"
"$tug" put "$work/tree" :/files/
"$tug" get :/files/tree "$work/back"
diff -r "$work/tree" "$work/back" || fail "the tree came back changed"

# A static program asks the resolver of the network, which alone knows this name.
docker run --rm --label tug-test --network "$name" -v "$PWD/build/static/tug:/tug:ro" -v "$work/etc:/etc/tug:ro" \
    --entrypoint /tug tug:scratch --key-file /etc/tug/keys ping "$name" >/dev/null || fail "the name is not resolved"
