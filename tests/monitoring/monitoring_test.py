#!/usr/bin/python3
"""What watches tugd fits to what tugd tells: the page of a real tugd, the alerts and the dashboard of docker/monitoring.

usage: monitoring_test.py BUILD_DIR. Ends with 77 where promtool is missing (package prometheus).
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request

SOURCE = pathlib.Path(__file__).resolve().parents[2]
FILES = SOURCE / "docker" / "monitoring"
SUFFIXES = re.compile(r"_(bucket|sum|count)$")


def page_of_busy_tugd(bin_dir, directory):
    """/metrics of a tugd that has had calls of several kinds."""
    tugd = subprocess.Popen([bin_dir / "tugd", "--no-auth", "--root", directory, "--listen", "127.0.0.1:0",
                             "--metrics", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        address = tugd.stdout.readline().split()[-1]
        metrics = tugd.stdout.readline().split()[-1]
        for words in (["exec", "--", "true"], ["exec", "--", "false"], ["put", __file__, ":a"], ["get", ":a", "/dev/null"],
                      ["get", ":missing", "-"], ["ping"]):
            subprocess.run([bin_dir / "tug", *words], env={**os.environ, "TUG_ADDRESS": address}, check=False,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with urllib.request.urlopen(f"http://{metrics}/metrics", timeout=60) as answer:
            return answer.read().decode()
    finally:
        tugd.terminate()
        tugd.wait(60)


def families_of(page):
    return {line.split()[2] for line in page.splitlines() if line.startswith("# TYPE ")}


def names_in(expression):
    return {SUFFIXES.sub("", n) if n.startswith("tug_call_duration") else n
            for n in re.findall(r"\b(?:tug|process)_[a-z_]+\b", expression)}


def dashboard_expressions():
    dashboard = json.loads((FILES / "dashboard.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


def promtool(*words, text=None):
    done = subprocess.run(["promtool", *words], input=text, text=True, capture_output=True, cwd=FILES)
    if done.returncode != 0 or done.stderr.strip():
        raise SystemExit(f"promtool {' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")


def main():
    if not shutil.which("promtool"):
        print("promtool is missing: package prometheus")
        return 77
    bin_dir = pathlib.Path(sys.argv[1]).resolve() / "bin"
    with tempfile.TemporaryDirectory(prefix="tug-monitoring-") as directory:
        page = page_of_busy_tugd(bin_dir, directory)
    promtool("check", "metrics", text=page)
    promtool("check", "rules", "alerts.yml")
    promtool("test", "rules", "alerts_test.yml")
    told = families_of(page)
    used = [("alerts.yml", line) for line in (FILES / "alerts.yml").read_text().splitlines() if "expr:" in line]
    for where, expression in [*used, *dashboard_expressions()]:
        if unknown := names_in(expression) - told:
            raise SystemExit(f"{where} asks for what tugd does not tell: {', '.join(sorted(unknown))}")
    for title, expression in dashboard_expressions():
        query = expression.replace("$__rate_interval", "5m").replace("$job", "tugd").replace("$instance", ".*")
        rules = {"groups": [{"name": "panel", "rules": [{"record": "panel", "expr": query}]}]}
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            file.write(json.dumps(rules))  # JSON is YAML
            file.flush()
            promtool("check", "rules", file.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
