#!/usr/bin/env bash
# docker-compose.yml, started as README.md says, but with the image of the tests and any free port.
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

sed 's/image: tug:latest/image: tug:prebuilt/; s/"127.0.0.1:8840:8840"/"127.0.0.1::8840"/' docker/docker-compose.yml \
    >"$work/docker-compose.yml"
"$tug" keygen compose -o "$work/keys" && cp -p "$work/keys" "$work/compose.key"
docker run --rm --label tug-test --user 0 -v "$work:/mnt" --entrypoint /bin/chown tug:prebuilt 10001 /mnt/keys
service up -d --no-build
name=$(service ps -q tugd)
await_healthy

TUG_ADDRESS=$(docker port "$name" 8840)
[[ $TUG_ADDRESS == 127.0.0.1:* ]] || fail "the port is open beyond loopback: $TUG_ADDRESS"
export TUG_ADDRESS TUG_KEY_FILE=$work/compose.key
equals "user" 10001 "$("$tug" exec -- id -u)"
"$tug" put README.md :readme.md
"$tug" get :readme.md - | cmp - README.md || fail "the file came back changed"
service restart -t 20 tugd
starts=1
await_tugd
TUG_ADDRESS=$(docker port "$name" 8840)
"$tug" get :readme.md - | cmp - README.md || fail "the file is gone after a restart"
