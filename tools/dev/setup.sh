# shellcheck shell=bash
# What the project needs, by Debian 12 package name, and why. One line each: name, then the reason.

declare -A packages

packages[build]='
g++                        the compiler of what is shipped
cmake                      configures the build
ninja-build                runs the build
ccache                     makes the second build quick
pkg-config                 finds the installed SDK in its consumer test
python3                    reads test reports, checks the rules of the project
libboost1.81-dev           Asio: sockets, timers, coroutines
libboost-json1.81-dev      the envelopes
libboost-filesystem1.81-dev  Process v2 waits for children with it
libboost-test1.81-dev      the tests
libssl-dev                 TLS 1.3 and HMAC-SHA-256
libxxhash-dev              XXH3-128 digests
libzstd-dev                compression of transfers
libcli11-dev               command lines and their environment variables
libedit-dev                lines that are edited in tug repl
libspdlog-dev              the log of tugd
libfmt-dev                 spdlog formats with it
libbenchmark-dev           micro-benchmarks
libnats-dev                tug-worker and tug-queue talk to NATS by it
openssl                    certificates for the TLS tests
procps                     process trees in the system tests
strace                     makes system calls of tugd fail
python3-pexpect            a terminal for the tests, and keys that are typed there
python3-yaml               reads the files of deploy/ for the tests
vim-tiny                   programs that are driven in it
less                       likewise
htop                       likewise
tmux                       likewise
sudo                       likewise
rsync                      programs that start tug in the place of ssh
git                        likewise
borgbackup                 likewise
ansible-core               likewise
prometheus                 promtool, which checks metrics, alerts and the dashboard
curl                       the guide asks tugd for its metrics by it
zsh                        completion is tried in it
fish                       likewise
haproxy                    several tugd behind it, for the system tests
nats-server                a queue for the tests of tug-worker
'

packages[checks]='
clang-19                   the second compiler, for the sanitizers
libclang-rt-19-dev         sanitizer and libFuzzer run-times
llvm-19                    names instead of addresses in sanitizer reports
clang-format-19            the format
clang-tidy-19              static checks
shellcheck                 checks of the scripts
doxygen                    the reference of the SDK
'

packages[console]='
nodejs                     builds the page of tug console and runs its tests
npm                        what the page is made of, by its lock file
chromium                   the page is tested in it
'

packages[package]='
file                       dpkg-shlibdeps asks it which files are programs
scdoc                      the manual pages
dpkg-dev                   finds the packages of shared libraries
lintian                    checks the packages
'

packages[torture]='
e2fsprogs                  file systems that fill up, and such that lose their power
btrfs-progs                a file system with a quota
util-linux                 prlimit
mount                      mounting them
iproute2                   a network that is cut
user-mode-linux            a kernel whose cgroups have all controllers
'

packages[docker]='
docker.io                  the engine
docker-compose             runs the compose files
ca-certificates            pulling from a registry
debootstrap                makes the base image where none can be pulled
'

packages[bench]='
libgrpc++-dev              peer: gRPC
protobuf-compiler-grpc     peer: gRPC
libprotobuf-dev            peer: gRPC
capnproto                  peer: capnp RPC
libcapnp-dev               peer: capnp RPC
openssh-server             peer: ssh and scp
openssh-client             peer: ssh and scp
rsync                      peer: rsync
nginx                      peer: HTTP transfers
curl                       peer: HTTP transfers
'

# npm is a part of nodejs where that is not Debian's.
installed() {
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]] || { [[ $1 == npm ]] && have npm; }
}

# Prints those lines of the list $1 whose package is missing.
missing_of() {
    local name reason
    while read -r name reason; do
        [[ -z $name ]] || installed "$name" || printf '%s %s\n' "$name" "$reason"
    done <<<"$1"
}

# Installs what is missing of the named groups (build, checks, console, package, torture, docker, bench). Nothing at all when nothing is.
ensure_packages() {
    have dpkg-query || {
        complain "no dpkg here: install what ./tools/dev/setup.sh lists by hand; going on"
        return 0
    }
    local group missing=''
    for group in "$@"; do
        missing+=$(missing_of "${packages[$group]}")$'\n'
    done
    [[ -z ${missing//[$'\n ']/} ]] || install_packages "$missing"
}

install_packages() {
    local name reason names=()
    say "installing what is missing"
    while read -r name reason; do
        [[ -n $name ]] || continue
        printf '    %-28s %s\n' "$name" "$reason"
        names+=("$name")
    done <<<"$1"
    can_be_root || die "these packages need root: apt-get install --no-install-recommends ${names[*]}"
    as_root apt-get -qq update
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -y -qq -o Dpkg::Use-Pty=0 --no-install-recommends install "${names[@]}" >/dev/null
}

cmd_setup() {
    ensure_packages build checks console torture
    say "all packages are there"
}
