# shellcheck shell=bash
# The engine, the base image, the images of tug, and the tests inside Docker.
# Everything that is made here stays in build/docker/: the log and pid of an engine of our own, the base image as a
# tarball, the context of the prebuilt image.

docker_dir=build/docker
docker_base=debian:bookworm-slim
docker_pid_file=$docker_dir/dockerd.pid

engine_answers() { have docker && docker info >/dev/null 2>&1; }

# Prints the words of the command: `docker compose` where there is that, else docker-compose; status 1 where neither is.
compose_tool() {
    if docker compose version >/dev/null 2>&1; then
        echo docker compose
    else
        have docker-compose && echo docker-compose
    fi
}

# Status 1, with the reason on stderr, where there is no engine with compose and none can be had.
ensure_engine() {
    mkdir -p "$docker_dir"
    if engine_answers; then
        # Not the whole group: the engine may be another than Debian's.
        compose_tool >/dev/null || install_packages "docker-compose runs the compose files"
        return
    fi
    if [[ $EUID -ne 0 ]]; then
        complain "no Docker engine answers here, and only root may start one"
        return 1
    fi
    ensure_packages docker
    engine_answers || start_engine
}

# Starts dockerd by hand: no init system is asked for. It outlives this script; stop_engine ends it.
start_engine() {
    local pid
    say "starting dockerd, log: $docker_dir/dockerd.log"
    setsid dockerd >"$docker_dir/dockerd.log" 2>&1 </dev/null &
    pid=$!
    echo "$pid" >"$docker_pid_file"
    local deadline=$((SECONDS + 60))
    until engine_answers; do
        if ! kill -0 "$pid" 2>/dev/null || ((SECONDS > deadline)); then
            complain "dockerd does not answer; its last words:"
            tail -n 15 "$docker_dir/dockerd.log" >&2
            stop_engine
            return 1
        fi
        sleep 0.2 # a socket that is not there yet gives no event
    done
}

# Ends the engine that start_engine started, and no other.
stop_engine() {
    [[ -f $docker_pid_file ]] || return 0
    local pid
    pid=$(<"$docker_pid_file")
    rm -f "$docker_pid_file"
    [[ $(cat "/proc/$pid/comm" 2>/dev/null) == dockerd ]] || return 0
    kill -TERM "$pid"
    timeout 60 tail --pid="$pid" -f /dev/null || complain "dockerd $pid does not end"
}

# The base image: as it is, from a registry, from the tarball of last time, or made by debootstrap.
ensure_base_image() {
    docker image inspect "$docker_base" >/dev/null 2>&1 && return
    if [[ -f $docker_dir/base.tar ]]; then
        docker import "$docker_dir/base.tar" "$docker_base" >/dev/null
        return
    fi
    say "no $docker_base here: pulling it"
    timeout 180 docker pull -q "$docker_base" && return
    say "no registry either: making it by debootstrap"
    make_base_image
}

# The mirror of the host's own apt configuration; nothing where that names none, and debootstrap takes its default.
host_mirror() {
    # shellcheck disable=SC2016  # apt expands these
    apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
        awk '$1 == "bookworm" && /debian\/?$/ { print $2; exit }'
}

make_base_image() {
    [[ $EUID -eq 0 ]] || {
        complain "debootstrap needs root"
        return 1
    }
    local work proxy=''
    ensure_packages docker
    eval "$(apt-config shell proxy Acquire::http::Proxy)"
    work=$(mktemp -d)
    http_proxy=${proxy:-${http_proxy:-}} debootstrap --variant=minbase bookworm "$work" "$(host_mirror)" \
        >"$docker_dir/debootstrap.log" 2>&1 || {
        tail -n 5 "$docker_dir/debootstrap.log" >&2
        rm -rf "$work"
        return 1
    }
    rm -rf "$work"/var/cache/apt/archives/*.deb "$work"/var/lib/apt/lists/* "$work"/usr/share/{doc,man,locale}/*
    # Under its name it is whole.
    tar -C "$work" -cf "$docker_dir/base.tar.new" . && mv "$docker_dir/base.tar.new" "$docker_dir/base.tar" || return
    rm -rf "$work"
    docker import "$docker_dir/base.tar" "$docker_base" >/dev/null
}

# The shared libraries of the given programs that the base image has not.
needed_libraries() {
    ldd "$@" | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' |
        grep -Ev '/(libc|libm|libstdc\+\+|libgcc_s|libpthread|libdl|librt|libresolv)\.so' | sort -u
}

# The images of the tests, around the release binaries of the host: a build in an image would take minutes.
build_images() {
    local context=$docker_dir/context program programs=(tugd tug tug_docker_tests)
    rm -rf "$context"
    mkdir -p "$context/bin" "$context/lib"
    for program in "${programs[@]}"; do
        strip -o "$context/bin/$program" "build/bin/$program" || return
    done
    # shellcheck disable=SC2046  # one path a word
    cp -L $(needed_libraries "${programs[@]/#/build/bin/}") "$context/lib/"
    local target
    for target in runtime test; do
        docker build -q -f docker/Dockerfile.prebuilt --target "$target" -t "tug:${target/runtime/prebuilt}" \
            "$context" >"$docker_dir/images.log" 2>&1 || {
            cat "$docker_dir/images.log" >&2
            return 1
        }
    done
}

# The image that holds nothing but tugd. Its context is the folder with that.
build_scratch_image() {
    local context=$docker_dir/scratch
    ./dev build static || return
    rm -rf "$context"
    mkdir -p "$context"
    strip -o "$context/tugd" build/static/tugd || return
    docker build -q -f docker/Dockerfile.scratch -t tug:scratch "$context" >"$docker_dir/scratch.log" 2>&1 || {
        cat "$docker_dir/scratch.log" >&2
        return 1
    }
}

# A host with systemd, for the tests of the packages. What it installs comes from where the base image says.
build_systemd_image() {
    docker build -q --network host -t tug:systemd - <docker/Dockerfile.systemd >"$docker_dir/systemd.log" 2>&1 || {
        cat "$docker_dir/systemd.log" >&2
        return 1
    }
}

# Prometheus, for the test of docker/monitoring; its packages come from where the base image says.
build_monitoring_image() {
    docker build -q --network host -t tug-monitoring docker/monitoring >"$docker_dir/monitoring.log" 2>&1 || {
        cat "$docker_dir/monitoring.log" >&2
        return 1
    }
}

docker_up() {
    ensure_engine || die "no Docker engine"
    ensure_base_image || die "no base image"
    build_preset release
    build_images || die "the images were not made"
    # These install packages in a container, which takes a mirror that is reached from there.
    build_monitoring_image || complain "the image of Prometheus was not made: docker/monitoring is not tested"
    build_systemd_image || complain "the image of a host with systemd was not made: the packages are not tested"
    build_scratch_image || die "the image of tugd alone was not made"
    say "images: tug:prebuilt, tug:test, tug:systemd, tug:scratch, tug-monitoring"
}

docker_down() {
    ! engine_answers || remove_test_containers
    stop_engine
    say "nothing of the tests is left running"
}

cmd_docker() {
    case ${1:-test} in
    up) docker_up ;;
    down) docker_down ;;
    test) docker_test ;;
    *) die "docker up, docker down or docker test" ;;
    esac
}
