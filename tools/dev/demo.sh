# shellcheck shell=bash
# The tour: a tugd on loopback, a file there and back, commands on it. It succeeds only if everything matched.

# In a shell of its own, so that its trap and its failure concern no other command.
cmd_demo() {
    build_preset release tugd tug
    (demo_run)
}

demo_run() {
    demo_dir=$(mktemp -d) demo_pid='' demo_wrong=0
    export PATH=$PWD/build/bin:$PATH
    unset "${!TUG_@}"
    trap demo_clean EXIT
    trap 'exit 130' INT TERM
    demo_start
    demo_files
    demo_commands
    demo_ending
    demo_usage
    demo_stop
    demo_result
}

demo_clean() {
    [[ -z $demo_pid ]] || stop_child "$demo_pid" || true
    rm -rf "$demo_dir"
}

# Shows a command as one would type it.
demo_show() {
    local word shown=''
    for word in "$@"; do
        [[ $word =~ ^[A-Za-z0-9_./:=@+-]+$ ]] || word="'$word'"
        shown+=" ${word//$demo_dir/\$DEMO}"
    done
    printf '\n$%s\n' "$shown"
}

# Shows it, then runs it.
demo_shown() {
    demo_show "$@"
    "$@"
}

# demo_expect WHAT WANTED GOT
demo_expect() {
    if [[ $2 == "$3" ]]; then
        printf '  [ok] %s\n' "$1"
    else
        printf '  [WRONG] %s: wanted %q, got %q\n' "$1" "$2" "$3"
        demo_wrong=1
    fi
}

demo_start() {
    local line=''
    mkdir "$demo_dir/root"
    mkfifo "$demo_dir/ready"
    (umask 077 && tug keygen demo >"$demo_dir/keys")
    tugd --listen 127.0.0.1:0 --root "$demo_dir/root" --keys "$demo_dir/keys" \
        >"$demo_dir/ready" 2>"$demo_dir/tugd.log" &
    demo_pid=$!
    exec {demo_ready}<"$demo_dir/ready"
    read -r -t 20 -u "$demo_ready" line || true
    demo_port=${line##*:}
    if [[ $line != "tugd listening on 127.0.0.1:"* ]]; then
        cat "$demo_dir/tugd.log" >&2
        die "tugd did not start: '$line'"
    fi
    say "$line, root \$DEMO/root, one key"
    export TUG_KEY_FILE=$demo_dir/keys
    demo_host=127.0.0.1:$demo_port demo_files_at=tug://127.0.0.1:$demo_port
    demo_shown tug ping "$demo_host"
}

# A real text (the protocol), and 32 MiB that compress badly.
demo_files() {
    cp PROTOCOL.md "$demo_dir/text"
    head -c 33554432 /dev/urandom >"$demo_dir/big"
    local name
    for name in text big; do
        demo_shown tug put "$demo_dir/$name" "$demo_files_at/$name"
        demo_shown tug get "$demo_files_at/$name" "$demo_dir/$name.back"
        demo_expect "$name: round trip identical" "$(sha256sum <"$demo_dir/$name")" "$(sha256sum <"$demo_dir/$name.back")"
    done
}

demo_commands() {
    demo_shown tug exec "$demo_host" -- sh -c 'tr -cs A-Za-z "\n" < text | sort -f | uniq -ci | sort -rn > words; head -n 3 words'
    demo_shown tug get "$demo_files_at/words" "$demo_dir/words"
    demo_expect "a file made there came back" "$(sha256sum <"$demo_dir/root/words")" "$(sha256sum <"$demo_dir/words")"
}

demo_ending() {
    local status=0
    demo_shown tug exec "$demo_host" -- sh -c 'echo it went wrong >&2; exit 7' || status=$?
    demo_expect "the exit code is the command's own" 7 "$status"
    status=0
    demo_shown tug exec "$demo_host" --timeout 0.5 -- sh -c 'setsid sleep 987654 & sleep 987654' || status=$?
    demo_expect "124 says that it timed out" 124 "$status"
    status=0
    tug exec "$demo_host" -- pgrep -fx 'sleep 987654' || status=$?
    demo_expect "nothing of its process tree is left, the child in a session of its own included" 1 "$status"
}

demo_stop() {
    local status=0
    stop_child "$demo_pid" || status=$?
    demo_pid=''
    demo_expect "tugd ended by SIGTERM" 0 "$status"
}

# The last screen: one command on the big file, what it printed, how it ended and what it used.
demo_usage() {
    local command=(tug exec --json "$demo_host" -- sha256sum big) there status=0 here
    demo_show "${command[@]}"
    there=$("${command[@]}" 2>&1) || status=$?
    printf '%s\n' "$there"
    here=$(sha256sum <"$demo_dir/big")
    demo_expect "exit code" 0 "$status"
    demo_expect "its sum is the one of the file here" "${here%% *}" "$(grep -oEm1 "${here%% *}" <<<"$there" || true)"
    demo_expect "usage is told" '"usage"' "$(grep -oFm1 '"usage"' <<<"$there" || true)"
}

demo_result() {
    ((demo_wrong == 0)) || die "something did not match"
    printf '\n'
    say "file round trip identical: $(stat -c %s "$demo_dir/big") bytes, sha256 $(sha256sum <"$demo_dir/big" | cut -c1-16)..."
    say "the command's output, exit code and usage stand above: everything matched"
}
