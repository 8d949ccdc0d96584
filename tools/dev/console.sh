# shellcheck shell=bash
# The page of `tug console` and the library under it, in console/. They need node and npm, and nothing else does: tug and
# tugd are built without them, and carry the page where it is there.

# What npm installs is that of the lock file, and stays until that changes.
console_packages() {
    ensure_packages console
    [[ console/node_modules/.package-lock.json -nt console/package-lock.json ]] && return
    say "npm ci in console/"
    npm ci --prefix console --no-audit --no-fund --loglevel=error
    touch console/node_modules/.package-lock.json
}

# The page, in console/dist. The next build of tug carries it.
cmd_console() {
    console_packages
    npm run --silent --prefix console build
    note "the next ./dev build puts it into tug"
}

# node_tests NAME FOLDER: counted from the report of node.
node_tests() {
    local name=$1 folder=$2 began=$SECONDS report=console/dist/$2/report.tap passed failed
    say "tests: $name"
    rm -f "$report"
    node console/scripts/test.mjs "$folder" || complain "$name: there are failures"
    passed=$(awk '$1 == "#" && $2 == "pass" { print $3 }' "$report" 2>/dev/null)
    failed=$(awk '$1 == "#" && ($2 == "fail" || $2 == "cancelled") { n += $3 } END { print n + 0 }' "$report" 2>/dev/null)
    [[ -n $passed ]] || failed=1 # no report at all is a failure
    record "$name" "${passed:-0}" "$failed" 0 $((SECONDS - began))
}

# The types, the library, the page in Chromium, and the official client of the Model Context Protocol.
test_console() {
    phase "page" ./dev console || return 0
    phase "build release" ./dev build release tug tugd || return 0
    phase "types" console/node_modules/.bin/tsc --noEmit -p console || true
    phase "types of methods" node console/scripts/types.mjs build/bin/tugd --check || true
    node_tests "console library" test
    node_tests "console page" browser
    node_tests "console agents" agents
}
