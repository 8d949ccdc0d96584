#!/usr/bin/env bash
# Three hosts with systemd, each in a network namespace of its own, with tugd as its package and unit have it. They are one
# pool: each is restarted while a client asks, and one is powered off; what may be repeated never fails.
source "$(dirname "$0")/lib.sh"

hosts=("$name-1" "$name-2" "$name-3")

hosts_down() {
    docker rm -fv "${hosts[@]}" >/dev/null 2>&1 || true
    clean_up
}
trap hosts_down EXIT

on() { docker exec "$@"; }

await_host() {
    local deadline=$((SECONDS + 60))
    until on "$1" systemctl is-system-running --wait >"$work/state" 2>&1 || grep -qx degraded "$work/state"; do
        ((SECONDS < deadline)) || fail "$1 does not come up: $(cat "$work/state")"
    done
}

docker network create --label tug-test "$name" >/dev/null
"$tug" keygen fleet -o "$work/keys"
list=
for host in "${hosts[@]}"; do
    docker run -d --name "$host" --hostname "$host" --label tug-test --network "$name" --cap-add SYS_ADMIN \
        --security-opt seccomp=unconfined --security-opt apparmor=unconfined --tmpfs /run --tmpfs /run/lock --tmpfs /tmp \
        -v /sys/fs/cgroup:/sys/fs/cgroup:rw tug:systemd >/dev/null
    list+=,$(docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$host")
done
list=${list#,}
for host in "${hosts[@]}"; do
    await_host "$host"
    docker cp -q build/debs "$host:/debs"
    on "$host" sh -c 'dpkg -i /debs/tugd_*.deb /debs/tug_*.deb' >"$work/dpkg.log" 2>&1 || fail "$(cat "$work/dpkg.log")"
    docker cp -q "$work/keys" "$host:/etc/tug/fleet.key"
    on "$host" sh -c 'cat /etc/tug/fleet.key >>/etc/tug/keys
        printf "listen = 0.0.0.0:8840\nallow-plaintext = true\n" >>/etc/tug/tugd.conf
        systemctl restart tugd'
done
export TUG_KEY_FILE=$work/keys
pool=pool:$list

for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do "$tug" exec "$pool" -- cat /etc/hostname; done >"$work/who"
(($(sort -u "$work/who" | wc -l) > 1)) || fail "one host has done all of it"
equals "hosts that answer" 3 "$("$tug" exec --on "$list" -- cat /etc/hostname | sort -u | wc -l)"

(
    n=0
    while [[ ! -e $work/stop ]]; do
        "$tug" stat "$pool:/etc/hostname" >/dev/null || exit 1
        n=$((n + 1))
    done
    echo "$n"
) >"$work/looked" 2>"$work/looked.err" &
looking=$!
for host in "${hosts[@]}"; do on "$host" systemctl restart tugd; done
docker kill "${hosts[0]}" >/dev/null
"$tug" exec "$pool" -- cat /etc/hostname >"$work/rest"
touch "$work/stop"
ends_within 60 "$looking"
equals "exit code of the client, which said '$(cat "$work/looked.err")'" 0 "$status"
[[ $(cat "$work/rest") != "${hosts[0]}" ]] || fail "a host that is gone has answered"
