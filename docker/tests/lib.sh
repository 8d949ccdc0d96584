# shellcheck shell=bash disable=SC2034  # what is set here is read by the scripts
# What the scripts here share: one tugd in a container of its own, in a network of its own, as hardened as
# docker-compose.yml has it, and the tug of the host as its client. All of it is gone when the script ends.

set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."

name=tug-test-$(basename "$0" .sh | tr _ -)-$$
work=$(mktemp -d)
tug=$PWD/build/bin/tug
starts=0
tugd_options=(-e TUG_ALLOW_PLAINTEXT=1) # of docker run; a script may have others
run_tugd='exec /usr/bin/tugd'           # in the container; likewise

fail() {
    printf 'FAILED: %s\n' "$*"
    printf -- '--- what tugd logged:\n'
    docker logs --tail 40 "$name" 2>&1 || true
    exit 1
}

clean_up() {
    docker rm -fv "$name" >/dev/null 2>&1 || true
    docker network rm "$name" >/dev/null 2>&1 || true
    docker volume rm "$name-keys" "$name-files" >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap clean_up EXIT

start_tugd() {
    docker network create --label tug-test "$name" >/dev/null
    docker volume create --label tug-test "$name-keys" >/dev/null
    docker volume create --label tug-test "$name-files" >/dev/null
    docker run -d --name "$name" --label tug-test --network "$name" --read-only --tmpfs /tmp --cap-drop ALL \
        --security-opt no-new-privileges --health-interval 1s "${tugd_options[@]}" \
        -v "$name-keys:/etc/tug" -v "$name-files:/srv" \
        --entrypoint /bin/sh tug:prebuilt -c \
        "umask 077; test -s /etc/tug/keys || tug keygen tests > /etc/tug/keys; $run_tugd" >/dev/null
    await_tugd
    (umask 077 && docker exec "$name" cat /etc/tug/keys >"$work/keys")
    export TUG_KEY_FILE=$work/keys
}

# await_line SECONDS PREFIX COUNT COMMAND...: waits until the command has printed COUNT lines that begin with PREFIX, and
# ends it. Status 1 where it ends, or the time does, before that.
await_line() {
    local seconds=$1 prefix=$2 left=$3 line output reader
    shift 3
    exec {output}< <(exec timeout "$seconds" "$@" 2>/dev/null)
    reader=$!
    while ((left > 0)) && read -r -u "$output" line; do
        [[ $line != "$prefix"* ]] || left=$((left - 1))
    done
    exec {output}<&-
    kill "$reader" 2>/dev/null || true
    ((left == 0))
}

# Waits for the line by which tugd says that it accepts: one for each start of the container.
await_tugd() {
    starts=$((starts + 1))
    await_line 30 "tugd listening on " "$starts" docker logs -f "$name" || fail "tugd does not listen"
    find_tugd
}

# The address changes with each start and each network.
find_tugd() {
    local ip
    ip=$(docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$name")
    export TUG_ADDRESS=$ip:8840
}

# Waits until the health check of the image has said so.
await_healthy() {
    local since
    since=$(docker inspect -f '{{.State.StartedAt}}' "$name")
    await_line 60 "health_status: healthy" 1 \
        docker events --since "$since" --filter "container=$name" --format '{{.Status}}' || fail "it does not become healthy"
    equals "health" healthy "$(docker inspect -f '{{.State.Health.Status}}' "$name")"
}

# Looks at the processes in the container: sets processes, one `pid (name) state ...` a line. It reads /proc in there,
# because `docker top` asks the cgroup, which knows no zombies. A process that ends meanwhile is left out.
look_at_processes() {
    processes=$(docker exec "$name" sh -c 'exec cat /proc/[0-9]*/stat 2>/dev/null' || true)
    [[ $processes == "1 (tugd) "* ]] || fail "PID 1 is not tugd: $processes"
}

# count_processes PATTERN [OPTION...]: sets count, of those lines that match now.
count_processes() {
    look_at_processes
    count=$(grep -cE "${@:2}" -- "$1" <<<"$processes" || true)
}

# Starts a command in the container by tug and returns once it runs. Sets exec_pid; its stderr goes to $work/exec.err.
start_exec() {
    local line=''
    mkfifo "$work/exec.out"
    "$tug" exec -- sh -c "echo it runs; $1" >"$work/exec.out" 2>"$work/exec.err" &
    exec_pid=$!
    exec {exec_out}<"$work/exec.out"
    read -r -t 20 -u "$exec_out" line || true
    rm "$work/exec.out"
    [[ $line == "it runs" ]] || fail "the command did not start: $(cat "$work/exec.err")"
}

# Starts a put that has sent megabytes and waits for more. Sets put_pid; its stderr goes to $work/put.err.
start_put() {
    mkfifo "$work/put.in"
    "$tug" put - ":$1" <"$work/put.in" 2>"$work/put.err" &
    put_pid=$!
    exec {put_in}>"$work/put.in"
    # Returns when tug has taken all but what the pipe holds, so a window or more was acknowledged by tugd.
    head -c 8388608 /dev/zero >&"$put_in"
}

# ends_within SECONDS PID: waits for the child; sets status, or fails.
ends_within() {
    local seconds=$1 pid=$2
    timeout "$seconds" tail --pid="$pid" -f /dev/null || fail "process $pid still runs after $seconds s"
    status=0
    wait "$pid" || status=$?
}

# names_error FILE NAME...: the text in FILE holds one of the names.
names_error() {
    local file=$1 one
    shift
    for one in "$@"; do
        ! grep -qw -- "$one" "$file" || return 0
    done
    fail "none of the errors '$*' is named in: $(cat "$file")"
}

equals() { [[ $2 == "$3" ]] || fail "$1: wanted '$2', got '$3'"; }
