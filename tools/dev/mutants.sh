# shellcheck shell=bash
# Mutants: tests/mutants/*.patch, each of which takes one protection away; the tests have to notice.

cmd_mutants() {
    ensure_packages build
    # A copy of the release build is what they are tried in; a build of the checkout fills the compiler's cache for it.
    python3 tools/dev/mutants.py --jobs "$(jobs_for_build)" "$@"
}
