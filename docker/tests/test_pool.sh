#!/usr/bin/env bash
# deploy/compose/docker-compose.yml with three replicas under one name of Docker's DNS: `pool:tugd` is all of them. One is
# killed, and one more comes; what may be repeated never fails.
source "$(dirname "$0")/lib.sh"
# shellcheck source=tools/dev/common.sh
source tools/dev/common.sh
# shellcheck source=tools/dev/docker.sh
source tools/dev/docker.sh

project=$name

service() {
    # shellcheck disable=SC2046  # two words on purpose
    $(compose_tool) -p "$project" -f "$work/docker-compose.yml" "$@"
}

service_down() {
    service down -v --remove-orphans >/dev/null 2>&1 || true
    clean_up
}
trap service_down EXIT

# The client, in the network of the replicas: a shell line for `tug`.
client() {
    docker run --rm --label tug-test --network "${project}_default" -e TUG_KEY_FILE=/etc/tug/keys -e TUG_ADDRESS= \
        -v "$work/keys:/etc/tug/keys:ro" --entrypoint /bin/sh tug:prebuilt -euc "$1"
}

ask='for i in 1 2 3 4 5 6 7 8 9 10 11 12; do tug exec pool:tugd:8840 -- cat /etc/hostname; done'

sed 's/image: tug:latest/image: tug:prebuilt/' deploy/compose/docker-compose.yml >"$work/docker-compose.yml"
"$tug" keygen compose -o "$work/keys"
docker run --rm --label tug-test --user 0 -v "$work:/mnt" --entrypoint /bin/chown tug:prebuilt 10001 /mnt/keys
service up -d --no-build --scale tugd=3
client "$ask" >"$work/first"
equals "answers" 12 "$(wc -l <"$work/first")"
(($(sort -u "$work/first" | wc -l) > 1)) || fail "one replica has answered all calls"

# A file that each has, and a client that asks for it again and again, while a replica is killed and another one added.
for one in $(service ps -q tugd); do docker exec "$one" sh -c 'echo content >/srv/f'; done
# shellcheck disable=SC2016  # for the shell in the container
client 'for i in $(seq 40); do tug get -q pool:tugd:f /tmp/f -P 8840 && cat /tmp/f || exit 1; done' >"$work/got" &
getting=$!
mapfile -t replicas < <(service ps -q tugd) # to its end: `head` would leave the writer to SIGPIPE
victim=${replicas[0]}
docker kill "$victim" >/dev/null
ends_within 120 "$getting"
equals "exit code of the client" 0 "$status"
equals "files that came" 40 "$(grep -c '^content$' "$work/got")"
service up -d --no-build --scale tugd=4
client "$ask" >"$work/second"
equals "answers" 12 "$(wc -l <"$work/second")"
