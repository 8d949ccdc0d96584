#!/usr/bin/env python3
"""Takes one protection after the other out of a copy of the checkout and shows that the tests notice.

usage: mutants.py [--jobs N] [--compile] [NAME...]

Each tests/mutants/NAME.patch begins with two lines, `Removes: what` and `Tests: SUITE...`, a suite as CTest names it,
such as unit.frame_test. Each of these suites has to pass without the patch and at least one has to fail with it. A patch
that does not apply or does not build is a failure too: it says nothing any more. With --compile no test runs: each patch
is applied and the source that it changes compiled, which takes minutes for all and finds what the code around it has left.
"""

import argparse
import concurrent.futures
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True

TOP = Path(__file__).resolve().parents[2]
MUTANTS = TOP / "tests" / "mutants"
SUITE_SECONDS = 300  # without a patch; with one a suite has a while more than it took then
TARGETS = {"unit": ["tug_unit_tests"], "integration": ["tug_integration_tests"],
           "system": ["tug_system_tests", "tugd", "tug"], "terminal": ["tugd", "tug"],
           "peers": ["tugd", "tug"], "agents": ["tugd", "tug"], "torture": ["tugd", "tug"],
           "queue": ["tugd", "tug", "tug-worker", "tug-queue"]}
SCRIPTS = ("terminal", "peers", "agents", "torture", "queue")  # a suite is a program in the folder of its kind


class Mutant:
    def __init__(self, path):
        self.path = path
        self.name = path.stem
        lines = path.read_text().splitlines()
        fields = dict(line.split(": ", 1) for line in lines[:2] if ": " in line)
        self.removes = fields.get("Removes", "")
        self.suites = fields.get("Tests", "").split()
        self.files = [line[6:] for line in lines if line.startswith("+++ b/")]
        if not self.removes or not self.suites or len(self.files) != 1:
            raise SystemExit(f"{path.name} has no `Removes:` and `Tests:` line, or changes other than one file")
        for suite in self.suites:
            if suite.split(".")[0] not in TARGETS:
                raise SystemExit(f"{path.name}: {suite} is none of {', '.join(TARGETS)}")


class Copy:
    """A copy of the checkout as it stands, with a build of its own; the checkout itself is never touched."""

    def __init__(self, base, jobs):
        self.top = base / "tug"
        self.build_dir = self.top / "build"
        self.jobs = jobs
        self.seconds = {}  # what each suite may take
        # The objects of the checkout's own build serve here too, where there is a ccache.
        self.env = dict(os.environ, CCACHE_BASEDIR=str(self.top), CCACHE_NOHASHDIR="1")
        listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=TOP,
                                check=True, capture_output=True).stdout.decode()
        for name in filter(None, listed.split("\0")):
            if (TOP / name).is_file():
                (self.top / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(TOP / name, self.top / name)

    def run(self, command, seconds=None):
        # Into a file: who is left of a test that was killed would hold a pipe open.
        with tempfile.TemporaryFile() as said:
            running = subprocess.Popen(command, cwd=self.top, env=self.env, stdin=subprocess.DEVNULL, stdout=said,
                                       stderr=subprocess.STDOUT, start_new_session=True)
            try:
                code = running.wait(seconds)
            except subprocess.TimeoutExpired:
                os.killpg(running.pid, signal.SIGKILL)
                running.wait()
                code = -1
            except BaseException:
                os.killpg(running.pid, signal.SIGTERM)
                raise
            said.seek(0)
            return code, said.read().decode(errors="replace")

    def configure(self):
        code, said = self.run(["cmake", "--preset", "release"])
        if code != 0:
            raise SystemExit(said)

    def build(self, suites):
        """What went wrong; empty where all was built."""
        targets = sorted({t for suite in suites for t in TARGETS[suite.split(".")[0]]})
        code, said = self.run(["cmake", "--build", str(self.build_dir), "-j", str(self.jobs), "--target", *targets])
        return "" if code == 0 else said

    def passes(self, suite):
        kind, name = suite.split(".", 1)
        command = [str(self.build_dir / "bin" / f"tug_{kind}_tests"), f"--run_test={name}"]
        if kind in SCRIPTS:
            command = [str(self.top / "tests" / kind / f"{name}.py"), str(self.build_dir)]
        code, said = self.run(command, self.seconds.get(suite, SUITE_SECONDS))
        return code == 0, said


class SourceCompiler:
    """Compiles one source of a copy as its build does, and keeps nothing. In the dev preset each is a unit of its own."""

    def __init__(self, copy):
        self.copy = copy
        code, said = copy.run(["cmake", "--preset", "dev"])
        if code != 0:
            raise SystemExit(said)
        self.build_dir = copy.top / "build-dev"
        self.commands = {}
        for entry in json.loads((self.build_dir / "compile_commands.json").read_text()):
            source = Path(entry["file"])
            if source.suffix == ".cpp" and self.build_dir not in source.parents:
                self.commands.setdefault(source, entry["command"].split(" -o ")[0])
        self.files = [*self.commands, *(f for f in copy.top.rglob("*.hpp") if self.build_dir not in f.parents)]
        listed = copy.run(["ninja", "-C", str(self.build_dir), "-t", "targets", "all"])[1]
        precompiled = [line.split(":")[0] for line in listed.splitlines() if line.split(":")[0].endswith(".gch")]
        code, said = copy.run(["ninja", "-C", str(self.build_dir), *precompiled])
        if code != 0:
            raise SystemExit(said)

    def source_of(self, changed):
        """The file itself, or of a header a source that includes it, or includes what does: its own where there is one."""
        if changed in self.commands:
            return changed
        wanted, seen = [changed], set()
        while wanted:
            name = wanted.pop(0).name
            users = [f for f in self.files if re.search(rf'#include [<"]([^">]*/)?{re.escape(name)}[">]', f.read_text())]
            sources = sorted((f for f in users if f in self.commands), key=lambda f: f.stem != changed.stem)
            if sources:
                return sources[0]
            wanted += [f for f in users if f not in seen]
            seen.update(users)
        return None

    def judge(self, mutant):
        changed = self.copy.top / mutant.files[0]
        source = self.source_of(changed)
        if source is None:
            return "is of a file that no source includes"
        before = changed.read_bytes()
        try:
            code, said = self.copy.run(["git", "apply", "-C1", str(mutant.path)])
            if code != 0:
                return "does not apply:\n" + tail(said)
            command = f"cd {self.build_dir} && {self.commands[source]} -fsyntax-only {source}"
            code, said = self.copy.run(["sh", "-c", command])
            return "" if code == 0 else "does not compile:\n" + tail(said)
        finally:
            changed.write_bytes(before)


def compile_all(base, mutants, jobs):
    """How many compile; each job has a copy of its own."""

    def compile_part(part):
        compiler = SourceCompiler(Copy(base / str(part), 1))
        good = 0
        for mutant in mutants[part::jobs]:
            wrong = compiler.judge(mutant)
            good += not wrong
            if wrong:
                print(f"    {mutant.name:22} {wrong}", flush=True)
        return good

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        return sum(pool.map(compile_part, range(jobs)))


def tail(text, lines=15):
    return "\n".join("        " + line for line in text.splitlines()[-lines:])


def judge(copy, mutant):
    """Whether it was killed, and by what or why not."""
    target = copy.top / mutant.files[0]
    before = target.read_bytes()
    code, said = copy.run(["git", "apply", "-C1", str(mutant.path)])
    try:
        if code != 0:
            return False, "does not apply:\n" + tail(said)
        if wrong := copy.build(mutant.suites):
            return False, "does not build:\n" + tail(wrong, 25)
        for suite in mutant.suites:
            if not copy.passes(suite)[0]:
                return True, suite
        return False, "SURVIVED " + " ".join(mutant.suites)
    finally:
        target.write_bytes(before)


def check_sound(copy, mutants):
    """A suite that fails without any patch proves nothing."""
    suites = sorted({s for m in mutants for s in m.suites})
    if wrong := copy.build(suites):
        raise SystemExit("the checkout does not build:\n" + tail(wrong, 40))
    for suite in suites:
        start = time.monotonic()
        good, said = copy.passes(suite)
        if not good:
            raise SystemExit(f"{suite} fails without any patch:\n{tail(said)}")
        # A test that waits for what a protection would have done is red long before its own bound.
        copy.seconds[suite] = 20 + 5 * (time.monotonic() - start)
    print(f"    {len(suites)} suites pass without a patch", flush=True)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--compile", action="store_true")
    options.add_argument("names", nargs="*")
    chosen = options.parse_args()
    paths = [MUTANTS / f"{name}.patch" for name in chosen.names] or sorted(MUTANTS.glob("*.patch"))
    if missing := [p.stem for p in paths if not p.exists()]:
        raise SystemExit(f"no such mutant: {' '.join(missing)}")
    mutants = [Mutant(p) for p in paths]
    if not mutants:
        raise SystemExit(f"{MUTANTS} holds no patch")
    began = time.monotonic()
    killed = 0
    with tempfile.TemporaryDirectory(prefix="tug-mutants-") as base:
        if chosen.compile:
            good = compile_all(Path(base), mutants, min(chosen.jobs, len(mutants)))
            print(f"==> {good} of {len(mutants)} mutants compile, in {time.monotonic() - began:.0f} s")
            return 0 if good == len(mutants) else 1
        copy = Copy(Path(base), chosen.jobs)
        copy.configure()
        check_sound(copy, mutants)
        for mutant in mutants:
            start = time.monotonic()
            good, why = judge(copy, mutant)
            killed += good
            verdict = f"killed by {why}" if good else why
            print(f"    {mutant.name:22} {verdict}  ({time.monotonic() - start:.0f} s; removes {mutant.removes})", flush=True)
    print(f"==> {killed} of {len(mutants)} mutants killed in {time.monotonic() - began:.0f} s")
    return 0 if killed == len(mutants) else 1


if __name__ == "__main__":
    sys.exit(main())
