# shellcheck shell=bash
# What tortures tugd for minutes: every executable of tests/torture/ and every build/bin/torture_*, one after the other, each with
# the build directory as its argument. Its last line are its figures; status 77 says that this machine lacks what it needs.
# TUG_TORTURE_SCALE divides the figures: 10 makes a tenth of them.

torture_skipped=77
torture_timeout_s=1200
torture_log=build/torture

# The names, sorted: of scripts and of built programs. A script that has the name of a program runs it its own way.
torture_names() {
    local path
    for path in tests/torture/* build/bin/torture_*; do
        if [[ -f $path && -x $path ]]; then
            path=${path##*/}
            path=${path#torture_}
            echo "${path%.*}"
        fi
    done | sort -u
}

# The program of that name.
torture_program() {
    local path
    for path in "tests/torture/$1" "tests/torture/$1".* "build/bin/torture_$1"; do
        [[ -f $path && -x $path ]] && echo "$path" && return
    done
    die "no torture $1; there are: $(torture_names | tr '\n' ' ')"
}

# torture_one NAME: runs it, says what it says, and adds a line to the table.
torture_one() {
    local name=$1 program status=0 began=$SECONDS outcome
    program=$(torture_program "$name")
    say "torture: $name"
    PYTHONDONTWRITEBYTECODE=1 timeout -k 10 "$torture_timeout_s" "$program" "$PWD/build" 2>&1 | tee "$torture_log/$name.log" ||
        status=${PIPESTATUS[0]}
    case $status in
    0) outcome=passed total_passed=$((total_passed + 1)) ;;
    "$torture_skipped") outcome=skipped total_skipped=$((total_skipped + 1)) ;;
    *) outcome=FAILED total_failed=$((total_failed + 1)) ;;
    esac
    torture_table+=("$(printf '%-16s %-8s %5ds  %s' "$name" "$outcome" $((SECONDS - began)) "$(tail -n 1 "$torture_log/$name.log")")")
}

cmd_torture() {
    local name torture_table=() names=("$@")
    ensure_packages build torture
    build_preset release
    if ((${#names[@]} == 0)); then
        mapfile -t names < <(torture_names)
        export TUG_TORTURE_SOAK_SECONDS=${TUG_TORTURE_SOAK_SECONDS:-180} # all of it takes half an hour at most
    fi
    for name in "${names[@]}"; do torture_program "$name" >/dev/null; done
    mkdir -p "$torture_log"
    for name in "${names[@]}"; do torture_one "$name"; done
    printf '\n%-16s %-8s %6s  %s\n' torture outcome time figures
    printf '%s\n' "${torture_table[@]}"
    printf '\n%d passed, %d failed' "$total_passed" "$total_failed"
    ((total_skipped == 0)) || printf ', %d skipped' "$total_skipped"
    printf '\n'
    ((total_failed == 0 && total_passed > 0))
}
