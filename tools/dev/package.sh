# shellcheck shell=bash
# What is handed to others: Debian packages and the tarball of the sources.

cmd_package() {
    ensure_packages build package
    ./dev build release tugd tug tug-worker tug-queue tug_client tug_service man_pages
    rm -rf build/debs
    (cd build && cpack --config CPackConfig.cmake >debs.log) || die "no packages: see build/debs.log"
    rm -rf build/debs/_CPack_Packages
    note "$(ls build/debs)"
}

# The tarball of what is committed. It is the same, byte by byte, for the same commit: git takes names, order and times
# from there, and gzip -n adds none.
cmd_dist() {
    git rev-parse --is-inside-work-tree >/dev/null 2>&1 || die "no git checkout here: a tarball is made of what is committed"
    local version name
    version=$(sed -nE 's/^project\(tug VERSION ([0-9.]+).*/\1/p' CMakeLists.txt)
    name=tug-$version
    mkdir -p build
    git archive --format=tar --prefix="$name/" HEAD | gzip -9n >"build/$name.tar.gz"
    (cd build && sha256sum "$name.tar.gz")
}
