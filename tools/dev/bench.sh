# shellcheck shell=bash

cmd_bench() {
    [[ -x bench/run ]] || die "there is no bench/run: nothing was measured"
    ensure_packages build bench
    build_preset release
    bench/run "$@"
}
