#!/usr/bin/env bash
# A fresh Debian 12: `apt install ./tug*.deb`, what the manual page begins with, and a shell. 77 where apt reaches no
# mirror.
source "$(dirname "$0")/lib.sh"

installed=$name-installed

remove_image() {
    clean_up
    docker image rm -f "$installed" >/dev/null 2>&1 || true
}
trap remove_image EXIT

# --- apt install, which needs a mirror: where the base image says, as reached from the host ----------------------------------
docker create --name "$name" --label tug-test --network host debian:bookworm-slim sh -c '
    apt-get -qq update || exit 77
    cd /debs && DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install ./tug*.deb' >/dev/null
docker cp -q build/debs "$name:/debs"
status=0
timeout 240 docker start -a "$name" >"$work/apt.log" 2>&1 || status=$?
[[ $status -ne 77 ]] || exit 77
[[ $status -eq 0 ]] || fail "apt ended with $status: $(tail -n 20 "$work/apt.log")"
docker commit "$name" "$installed" >/dev/null
docker rm -f "$name" >/dev/null

# --- a host of its own: there is no systemd, so the daemon is started by hand, as the user that the package made -------------
docker run -d --name "$name" --label tug-test --network none "$installed" sleep infinity >/dev/null
on_host() { docker exec -i "$name" "$@"; }
equals "who reads the keys" "600 tug" "$(on_host stat -c '%a %U' /etc/tug/keys)"
docker exec -d "$name" su tug -c 'exec tugd --config /etc/tug/tugd.conf >/tmp/out 2>&1'
await_line 30 "tugd listening on " 1 docker exec "$name" sh -c 'exec tail -n +1 -F /tmp/out' || fail "tugd does not listen"

# --- a name for it, and whether it is well -----------------------------------------------------------------------------------
on_host tug --key-file /etc/tug/local.key login web1 127.0.0.1 </dev/null >"$work/login" 2>&1 || fail "$(cat "$work/login")"
on_host tug doctor web1 >"$work/doctor" 2>&1 || fail "tug doctor: $(cat "$work/doctor")"

# --- the examples of tug(1), as the package has them: an image without manual pages has left them out -----------------------
page() { dpkg-deb --fsys-tarfile build/debs/tug_*.deb | tar -xO ./usr/share/man/man1/tug.1.gz | gzip -dc; }
mapfile -t examples < <(page | sed -n '/^.SH EXAMPLES/,/^.SH OPTIONS/p' | sed -n 's/\\&//g; s/\\//g; /^tug /p')
equals "how many examples" 3 "${#examples[@]}"
on_host sh -c 'chown tug /srv; echo a line >/var/log/syslog; mkdir /here; echo content >/here/site.tar'
for example in "${examples[@]}"; do
    on_host sh -c "cd /here && $example" </dev/null >"$work/example" 2>&1 || fail "$example: $(cat "$work/example")"
done
equals "what was put" content "$(on_host tug exec web1 -- cat /srv/site.tar)"
equals "what was got" "a line" "$(on_host cat /here/syslog)"

# --- a shell, in a terminal --------------------------------------------------------------------------------------------------
status=0
# shellcheck disable=SC2016  # the shell of the host expands it
on_host script -qec 'tug web1' /dev/null <<<'echo "a shell of $(id -un): $((40 + 2))"; exit 7' >"$work/shell" 2>&1 || status=$?
equals "the exit code of the shell" 7 "$status"
grep -q "a shell of tug: 42" "$work/shell" || fail "no shell: $(cat "$work/shell")"
