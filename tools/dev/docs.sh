# shellcheck shell=bash
# What is made for reading from what stands in the tree.

# The reference of the SDK, in build/docs/sdk/html. A comment that doxygen cannot follow is an error.
make_reference() {
    mkdir -p build/docs/sdk
    doxygen docs/sdk/Doxyfile
}

cmd_docs() {
    ensure_packages checks
    make_reference || die "doxygen found something"
    say "the reference of the SDK: build/docs/sdk/html/index.html"
}
