#!/usr/bin/env bash
# The Debian packages on a host with systemd: installed, reloaded, restarted under connections, upgraded, killed, removed,
# and purged without a rest.
source "$(dirname "$0")/lib.sh"

# Of its errors none stands; warnings are for a person.
lintian --fail-on error build/debs/*.deb >"$work/lintian.log" 2>&1 || fail "lintian: $(cat "$work/lintian.log")"

# systemd mounts, and divides the cgroup that it is given.
docker run -d --name "$name" --label tug-test --cap-add SYS_ADMIN --security-opt seccomp=unconfined \
    --security-opt apparmor=unconfined --tmpfs /run --tmpfs /run/lock --tmpfs /tmp \
    -v /sys/fs/cgroup:/sys/fs/cgroup:rw tug:systemd >/dev/null

on_host() { docker exec "$name" "$@"; }
tug_there() { on_host tug --key-file /etc/tug/local.key "$@"; }
main_pid() { on_host systemctl show -P MainPID tugd; }

# No event of docker tells that the host is up; systemctl waits for it, once systemd itself answers.
await_host() {
    local deadline=$((SECONDS + 60))
    until on_host systemctl is-system-running --wait >"$work/state" 2>&1 || grep -qx degraded "$work/state"; do
        ((SECONDS < deadline)) || fail "the host does not come up: $(cat "$work/state")"
    done
}

await_host
docker cp -q build/debs "$name:/debs"

# --- installed -------------------------------------------------------------------------------------------------------
on_host sh -c 'dpkg -i /debs/tugd_*.deb /debs/tug_*.deb' >"$work/dpkg.log" 2>&1 || fail "$(cat "$work/dpkg.log")"
equals "the service" active "$(on_host systemctl is-active tugd)"
equals "at the next start" enabled "$(on_host systemctl is-enabled tugd)"
equals "the status" "listening on 127.0.0.1:8840" "$(on_host systemctl show -P StatusText tugd)"
equals "the user of commands" tug "$(tug_there exec 127.0.0.1 -- id -un)"
equals "who reads the keys" "600 tug" "$(on_host stat -c '%a %U' /etc/tug/keys)"
equals "who reads the key of root" "600 root" "$(on_host stat -c '%a %U' /etc/tug/local.key)"
on_host test -s /usr/share/man/man8/tugd.8.gz || fail "no manual page"
cgroup=$(tug_there exec 127.0.0.1 -- cat /proc/self/cgroup)
[[ $cgroup == *tugd.service/tugd-*/run-* ]] || fail "the command has no cgroup of its own: $cgroup"

# --- reloaded --------------------------------------------------------------------------------------------------------
before=$(main_pid)
on_host sh -c 'tug keygen other >>/etc/tug/keys'
on_host systemctl reload tugd
equals "the process after a reload" "$before" "$(main_pid)"
on_host sh -c 'umask 077; tail -n 1 /etc/tug/keys >/tmp/other.key'
equals "a new key" there "$(on_host tug --key-file /tmp/other.key exec 127.0.0.1 -- echo there)"

# --- the socket unit: nothing is refused while tugd is away --------------------------------------------------------------
on_host systemctl stop tugd
on_host systemctl start tugd.socket
equals "by activation" started "$(tug_there exec 127.0.0.1 -- echo started)"
equals "the service" active "$(on_host systemctl is-active tugd)"
# shellcheck disable=SC2016  # the shell of the host expands it
on_host sh -c '
    systemctl restart tugd & restart=$!
    while kill -0 $restart 2>/dev/null; do
        tug --key-file /etc/tug/local.key exec 127.0.0.1 -- echo served || exit 1
    done
    wait $restart' >"$work/served" 2>&1 || fail "lost while tugd restarted: $(cat "$work/served")"
on_host systemctl stop tugd.socket tugd
on_host systemctl start tugd

# --- killed: systemd starts it again, and nothing of its commands runs on --------------------------------------------------
before=$(main_pid)
on_host sh -c 'mkfifo /tmp/out
    tug --key-file /etc/tug/local.key exec 127.0.0.1 -- sh -c "echo runs; exec sleep 4711" >/tmp/out 2>/dev/null &
    grep -qm1 runs /tmp/out'
on_host sh -c "kill -KILL $before"
until [[ $(main_pid) != "$before" && $(on_host systemctl is-active tugd) == active ]]; do :; done
deadline=$((SECONDS + 30))
while on_host sh -c 'grep -aqs "^sleep.4711" /proc/[0-9]*/cmdline'; do
    ((SECONDS < deadline)) || fail "a command has outlived tugd"
done
equals "after the kill" again "$(tug_there exec 127.0.0.1 -- echo again)"

# --- upgraded: the keys stay, and a job goes on ----------------------------------------------------------------------------
tug_there job start --name survivor 127.0.0.1 -- \
    sh -c 'echo begun; while [ ! -e /tmp/go ]; do sleep 0.1; done; echo ended; exit 7' >/dev/null
before=$(main_pid)
keys=$(on_host sha256sum /etc/tug/keys)
on_host sh -c 'dpkg -i /debs/tugd_*.deb' >"$work/dpkg.log" 2>&1 || fail "$(cat "$work/dpkg.log")"
[[ $(main_pid) != "$before" ]] || fail "the old daemon runs on after an upgrade"
equals "the keys after an upgrade" "$keys" "$(on_host sha256sum /etc/tug/keys)"
equals "after the upgrade" new "$(tug_there exec 127.0.0.1 -- echo new)"
on_host touch /tmp/go
status=0
tug_there job wait 127.0.0.1 survivor >/dev/null || status=$?
equals "the end of the job" 7 "$status"
equals "its output" $'begun\nended' "$(tug_there job logs 127.0.0.1 survivor)"

# --- the administrator's unit ----------------------------------------------------------------------------------------------
on_host sh -c 'install -Dm644 -t /etc/systemd/system/tugd.service.d /usr/share/doc/tugd/examples/administrator.conf
    chown root /etc/tug/keys && systemctl daemon-reload && systemctl restart tugd'
equals "the user of commands" root "$(tug_there exec 127.0.0.1 -- id -un)"
on_host sh -c 'rm -r /etc/systemd/system/tugd.service.d && chown tug /etc/tug/keys && systemctl daemon-reload'

# --- removed, purged -------------------------------------------------------------------------------------------------------
on_host dpkg -r tugd >"$work/dpkg.log" 2>&1 || fail "$(cat "$work/dpkg.log")"
equals "the service" inactive "$(on_host systemctl is-active tugd || true)"
on_host test -s /etc/tug/keys || fail "the keys went with the package"
on_host dpkg -P tugd tug >"$work/dpkg.log" 2>&1 || fail "$(cat "$work/dpkg.log")"
left=$(on_host sh -c 'find / -xdev \( -name "*tugd*" -o -path /etc/tug -o -path /var/lib/tug \) -not -path "/debs/*" \
    -not -path "/proc/*" -not -path "/sys/*" -not -path "/var/log/*"; grep ^tug: /etc/passwd /etc/group' || true)
equals "what is left" "" "$left"
