#!/usr/bin/env bash
# Runs the UDP chat with two members: what one says the other hears, and `q` ends each.
set -euo pipefail
bin=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkfifo "$work/server_in" "$work/ann_in" "$work/bob_in" "$work/server_out" "$work/ann_out" "$work/bob_out"
exec 3<>"$work/server_in" 4<>"$work/ann_in" 5<>"$work/bob_in" 6<>"$work/server_out" 7<>"$work/ann_out" 8<>"$work/bob_out"

# expect FD TEXT: reads lines until one is TEXT; a lost or wrong line ends in the time limit.
expect() {
    local line
    while IFS= read -r -t 10 -u "$1" line; do
        [[ $line == "$2" ]] && return 0
    done
    echo "expected: $2" >&2
    return 1
}

"$bin/chat_udp" server 0 3>&- 4>&- 5>&- <"$work/server_in" >&6 &
server=$!
IFS= read -r -t 10 -u 6 line
port=${line##*:}

"$bin/chat_udp" client 127.0.0.1 "$port" ann 3>&- 4>&- 5>&- <"$work/ann_in" >&7 &
ann=$!
expect 7 "welcome, ann; 1 here; q leaves"
"$bin/chat_udp" client 127.0.0.1 "$port" bob 3>&- 4>&- 5>&- <"$work/bob_in" >&8 &
bob=$!
expect 8 "welcome, bob; 2 here; q leaves"
expect 7 "* bob joined"
echo "hello" >&4
expect 8 "ann: hello"
echo "hi, ann" >&5
expect 7 "bob: hi, ann"
echo "q" >&5
expect 8 "bye"
wait "$bob"
expect 7 "* bob left"
echo "q" >&4
expect 7 "bye"
wait "$ann"
exec 3>&- # the end of the server's input ends it
wait "$server"
echo "chat over UDP: ok"
