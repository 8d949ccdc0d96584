#!/usr/bin/env bash
# deploy/swarm/stack.yml on this engine: the key is a secret, tasks.tugd is every replica, and a rolling update under
# load loses no call that may be repeated. Skipped (77) where the engine is in a swarm already, or has no overlay networks.
source "$(dirname "$0")/lib.sh"

project=$name
in_swarm=

leave() {
    docker stack rm "$project" >/dev/null 2>&1 || true
    [[ -z $in_swarm ]] || docker swarm leave --force >/dev/null 2>&1 || true
    clean_up
}
trap leave EXIT

skip() {
    printf 'skipped: %s\n' "$*"
    exit 77
}

[[ $(docker info --format '{{.Swarm.LocalNodeState}}') == inactive ]] || skip "this engine is in a swarm"
docker swarm init --advertise-addr 127.0.0.1 >/dev/null || skip "no swarm can be made here"
in_swarm=yes

# The same file, but for the image, the secret, and encryption, which needs IPsec of the kernel.
sed -e 's/image: tug:latest/image: tug:prebuilt/' -e 's/tug_keys_1/'"$project"'-keys/' -e '/encrypted:/d' -e '/driver_opts:/d' \
    deploy/swarm/stack.yml >"$work/stack.yml"
"$tug" keygen swarm -o "$work/keys"
docker secret create --label tug-test "$project-keys" "$work/keys" >/dev/null
docker stack deploy --resolve-image never -c "$work/stack.yml" "$project" >/dev/null || skip "no overlay network"

# Waits until so many replicas run.
await_replicas() {
    local deadline=$((SECONDS + 90)) state=''
    while ((SECONDS < deadline)); do
        state=$(docker service ls --filter "name=${project}_tugd" --format '{{.Replicas}}')
        [[ $state != "$1/$1" ]] || return 0
        sleep 0.5 # a service has no event for it
    done
    docker service ps --no-trunc "${project}_tugd" || true
    fail "there are $state replicas"
}

await_replicas 3

client() {
    docker run --rm --label tug-test --network "${project}_calls" -e TUG_KEY_FILE=/etc/tug/keys -e TUG_ADDRESS= \
        -v "$work:/etc/tug:ro" --user 0 --entrypoint /bin/sh tug:prebuilt -euc "$1"
}

client 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do tug exec pool:tasks.tugd -- cat /etc/hostname; done' >"$work/first"
equals "answers" 12 "$(wc -l <"$work/first")"
(($(sort -u "$work/first" | wc -l) > 1)) || fail "one replica has answered all calls"

# Looks until it is told to end; each has to succeed, whatever replica goes meanwhile.
mkdir "$work/stop"
# shellcheck disable=SC2016  # for the shell in the container
client 'n=0; while [ ! -e /etc/tug/stop/now ]; do tug stat pool:tasks.tugd:/ >/dev/null; n=$((n + 1)); done; echo "$n"' >"$work/looked" 2>"$work/looked.err" &
looking=$!
docker service update --detach --force "${project}_tugd" >/dev/null
deadline=$((SECONDS + 150))
until [[ $(docker service inspect --format '{{.UpdateStatus.State}}' "${project}_tugd") == completed ]]; do
    ((SECONDS < deadline)) || fail "the update does not end: $(docker service inspect --format '{{json .UpdateStatus}}' "${project}_tugd")"
    sleep 0.5 # likewise
done
touch "$work/stop/now"
ends_within 60 "$looking"
equals "exit code of the client, which said '$(cat "$work/looked.err")'" 0 "$status"
(($(cat "$work/looked") > 10)) || fail "the client has asked $(cat "$work/looked") times alone"
await_replicas 3
