#!/usr/bin/env bash
# Runs an example of the SDK against the server that it speaks to and looks at what it prints.
#
#     run.sh BIN_DIR chat|custom_call|exec|parallel|put_get|record|sticky
set -euo pipefail
bin=$1
example=$2
work=$(mktemp -d)
server=
end() {
    exec 3>&- || true # the end of its input ends a server that embeds tug
    if [[ -n $server ]]; then
        kill -TERM "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap end EXIT

# serve COMMAND…: starts a server and takes its address from the line that it prints.
serve() {
    mkfifo "$work/in" "$work/out"
    exec 3<>"$work/in" 4<>"$work/out"
    "$@" <"$work/in" >"$work/out" 3>&- 4>&- &
    server=$!
    local line
    IFS= read -r -t 20 -u 4 line
    address=${line##* }
}

# expect FD TEXT: reads lines until one is TEXT.
expect() {
    local line
    while IFS= read -r -t 20 -u "$1" line; do
        [[ $line == "$2" ]] && return 0
    done
    echo "expected: $2" >&2
    return 1
}

# says TEXT: the example printed that line.
says() {
    grep -qxF -- "$1" "$work/printed" && return 0
    echo "expected: $1; printed:" >&2
    cat "$work/printed" >&2
    return 1
}

tugd() {
    mkdir "$work/root"
    serve "$bin/tugd" --listen 127.0.0.1:0 --no-auth --root "$work/root" --log-level error
}

case $example in
exec)
    tugd
    "$bin/examples/exec" "$address" | tee "$work/printed"
    says "hello from $(uname -s)"
    says apple
    says sorted
    grep -q '^exec_not_found: ' "$work/printed"
    ;;
put_get)
    tugd
    head -c 5000000 /dev/urandom >"$work/file"
    "$bin/examples/put_get" "$address" "$work/file" | tee "$work/printed"
    says "get 100 %"
    says remember
    cmp "$work/file" "$work/file.back"
    cmp "$work/file" "$work/root/examples/copy"
    ;;
record)
    tugd
    "$bin/examples/record" "$address" "$work/cast" sh -c 'tty | cut -c 1-9; echo "ä\"ö"; stty size' | tee "$work/printed"
    grep -q '^{"version":2,"width":80,"height":24,' "$work/cast"
    grep -q '/dev/pts/' "$work/cast"
    grep -q 'ä\\"ö' "$work/cast"
    # It wants a terminal of its own.
    if command -v asciinema >/dev/null; then
        script -qec "stty -opost; asciinema cat $work/cast" /dev/null </dev/null >"$work/played"
        cmp "$work/played" "$work/printed"
    fi
    ;;
parallel)
    tugd
    "$bin/examples/parallel" "$address" | tee "$work/printed"
    says "1000 pings and 100 commands on one connection"
    ;;
sticky)
    "$bin/examples/sticky" | tee "$work/printed"
    grep -q '^with frames, 4 messages came back whole' "$work/printed"
    ;;
custom_call)
    serve "$bin/custom_endpoint"
    "$bin/examples/custom_call" "$address" "hello" | tee "$work/printed"
    says 'text.length: {"length":5}'
    says 'text.upper: HELLO {"bytes":5}'
    ;;
chat)
    serve "$bin/chat_server"
    mkfifo "$work/ann_in" "$work/bob_in" "$work/ann_out" "$work/bob_out"
    exec 5<>"$work/ann_in" 6<>"$work/bob_in" 7<>"$work/ann_out" 8<>"$work/bob_out"
    "$bin/examples/chat_client" "$address" ann <"$work/ann_in" >"$work/ann_out" 3>&- &
    ann=$!
    expect 7 "welcome, ann; 1 here; q leaves"
    "$bin/examples/chat_client" "$address" bob <"$work/bob_in" >"$work/bob_out" 3>&- &
    bob=$!
    expect 8 "welcome, bob; 2 here; q leaves"
    expect 7 "* bob joined"
    echo "hello" >&5
    expect 8 "ann: hello"
    printf 'two lines\nat once\n' >&6
    expect 7 "bob: two lines"
    expect 7 "bob: at once"
    echo "q" >&6
    expect 8 "bye"
    wait "$bob"
    expect 7 "* bob left"
    # One whose connection breaks in the middle has left, too.
    mkfifo "$work/eve_in" "$work/eve_out"
    exec 9<>"$work/eve_in" 10<>"$work/eve_out"
    "$bin/examples/chat_client" "$address" eve <"$work/eve_in" >"$work/eve_out" 3>&- &
    eve=$!
    expect 10 "welcome, eve; 2 here; q leaves"
    echo "hello" >&5
    expect 10 "ann: hello"
    kill -KILL "$eve"
    expect 7 "* eve left"
    wait "$eve" || true
    "$bin/examples/chat_client" "$address" dan <"$work/eve_in" >"$work/eve_out" 3>&- &
    dan=$!
    expect 10 "welcome, dan; 2 here; q leaves"
    echo "q" >&9
    wait "$dan"
    echo "q" >&5
    wait "$ann"
    ;;
*)
    echo "no such example: $example" >&2
    exit 2
    ;;
esac
