# shellcheck shell=bash
# What every command uses. Sourced by ./dev, which has set -euo pipefail and stands at the top of the checkout.

# Without this ccache keeps nothing that was compiled with a precompiled header.
export CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS:-pch_defines,time_macros}

say() { printf '%s\n' "==> $*"; }
note() { printf '%s\n' "    $*"; }
complain() { printf '%s\n' "dev: $*" >&2; }

die() {
    complain "$@"
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }
in_ci() { [[ ${CI:-} == true || ${CI:-} == 1 ]]; }

# Runs its arguments as root: as they are, or through sudo.
as_root() {
    if [[ $EUID -eq 0 ]]; then
        "$@"
    else
        sudo "$@"
    fi
}

can_be_root() { [[ $EUID -eq 0 ]] || have sudo; }

# A compile of Asio coroutines takes up to 1.5 GB; more jobs than that would only swap.
jobs_for_build() {
    local cores memory_kb by_memory
    cores=$(nproc)
    memory_kb=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)
    by_memory=$((memory_kb / 1500000))
    ((by_memory >= 1)) || by_memory=1
    echo $((cores < by_memory ? cores : by_memory))
}

# Ends the child $1 by SIGTERM and waits for it; the status is that of the child.
stop_child() {
    kill -TERM "$1" 2>/dev/null || true
    wait "$1"
}
