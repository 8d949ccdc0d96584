#!/usr/bin/env bash
# docker/monitoring: Prometheus sees what the loader does to tugd, and minds the alerts.
source "$(dirname "$0")/lib.sh"
# shellcheck source=tools/dev/common.sh
source tools/dev/common.sh
# shellcheck source=tools/dev/docker.sh
source tools/dev/docker.sh

project=$name

watched() {
    # shellcheck disable=SC2046  # two words on purpose
    $(compose_tool) -p "$project" -f "$work/docker-compose.yml" "$@"
}

watched_down() {
    watched down -v --remove-orphans >/dev/null 2>&1 || true
    clean_up
}
trap watched_down EXIT

cp docker/monitoring/load.sh "$work/"
sed -e 's/image: tug:latest/image: tug:prebuilt/; s/"127.0.0.1:9090:9090"/"127.0.0.1::9090"/' \
    docker/monitoring/docker-compose.yml >"$work/docker-compose.yml"
watched up -d --no-build
name=$(watched ps -q tugd)
await_line 60 "tugd is there" 1 docker logs -f "$(watched ps -q loader)" || fail "the loader does not reach tugd"
where=$(docker port "$(watched ps -q prometheus)" 9090)

# ask PATH PYTHON: whether what the API of Prometheus says, as `data`, is so.
ask() {
    python3 - "http://$where/api/v1/$1" "$2" <<'PYTHON'
import json, sys, urllib.request
try:
    with urllib.request.urlopen(sys.argv[1], timeout=5) as answer:
        data = json.load(answer)["data"]
except OSError:
    sys.exit(1)
sys.exit(0 if eval(sys.argv[2]) else 1)
PYTHON
}

# Prometheus looks every 15 s; nothing tells when it has.
await() {
    local deadline=$((SECONDS + 120))
    until ask "$1" "$2"; do
        ((SECONDS < deadline)) || fail "Prometheus does not see it: $1"
        sleep 1
    done
}

await 'query?query=up%7Bjob%3D%22tugd%22%7D' 'data["result"] and data["result"][0]["value"][1] == "1"'
await 'query?query=sum%28tug_commands_ended_total%29' 'data["result"] and float(data["result"][0]["value"][1]) > 0'
await 'query?query=tug_calls_total%7Boutcome%3D%22not_found%22%7D' 'data["result"]'
await rules 'data["groups"] and all(r["health"] == "ok" for r in data["groups"][0]["rules"])'

# Debian has no Grafana: the queries of its dashboard are asked as it would ask them. Most have something to show.
dashboard_shows() {
    python3 - "http://$where/api/v1/query?query=" docker/monitoring/dashboard.json <<'PYTHON'
import json, sys, urllib.parse, urllib.request
shown = []
for panel in json.load(open(sys.argv[2]))["panels"]:
    for target in panel["targets"]:
        query = target["expr"].replace("$__rate_interval", "5m").replace("$job", "tugd").replace("$instance", ".*")
        with urllib.request.urlopen(sys.argv[1] + urllib.parse.quote(query), timeout=5) as answer:
            shown.append(bool(json.load(answer)["data"]["result"]))
sys.exit(0 if shown.count(True) > len(shown) / 2 else f"only {shown.count(True)} of {len(shown)} queries find anything")
PYTHON
}

deadline=$((SECONDS + 120)) # a rate takes two looks
until dashboard_shows 2>"$work/dashboard"; do
    ((SECONDS < deadline)) || fail "the dashboard: $(cat "$work/dashboard")"
    sleep 1
done
