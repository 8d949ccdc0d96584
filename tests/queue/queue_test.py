#!/usr/bin/python3
"""Jobs through a real nats-server: `tug queue`, workers and two tugd, by what they do together.

Usage: queue_test.py BUILD-DIRECTORY [TEST...]. Ends with 77 where there is no nats-server, or no tug-worker."""

import base64
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from queue_world import Chaos, World, missing
from services import eventually
from script_tests import check, run_tests


def test_a_job_and_its_result(world):
    world.submit("first", "--cwd", "/", "-e", "WHAT=that", "--", "sh", "-c", "echo $WHAT; echo this >&2; exit 7")
    check(world.jobs()["first"]["state"] == "waiting", "it does not wait")
    check(world.queue("result", "first", check=False).returncode == 1, "there is a result before it ran")
    world.worker()
    done = world.result("first")
    check((done.returncode, done.stdout, done.stderr) == (7, "that\n", "this\n"), f"{done}")
    record = world.record("first")
    check(record["result"]["reason"] == "exited" and record["result"]["stdout"]["bytes"] == 5, f"{record}")
    check(record["host"] in world.pool() and record["claims"] == 1, f"{record}")
    check(world.jobs()["first"]["state"] == "ended", "it is not over")


def test_how_jobs_end(world):
    world.worker()
    world.submit("missing", "--", "no-such-program")
    world.submit("late", "--timeout", "0.2", "--", "sleep", "100")
    world.submit("killed", "--shell", "kill -KILL $$")
    world.submit("limited", "--limit", "cpu_ms=1000", "--shell", "while :; do :; done")
    done = world.result("missing")
    check(done.returncode == 127 and "did not run" in done.stderr and "exec_not_found" in done.stderr, f"{done}")
    check(world.result("late").returncode == 124, "late")
    check(world.result("killed").returncode == 128 + signal.SIGKILL, "killed")
    check(world.record("limited")["result"]["reason"] == "cpu_limit", "limited")
    check(world.queue("result", "nothing", check=False).stderr == "tug-queue: nothing is not in the queue\n", "nothing")


def test_the_tail_of_much_output(world):
    world.worker("--tail", "100")
    world.submit("much", "--shell", "seq 1 200000; printf end >&2")
    done = world.result("much")
    check(done.stdout.endswith("\n199999\n200000\n") and len(done.stdout) == 100, done.stdout)
    check("the last 100 of 1288895 bytes of stdout" in done.stderr and done.stderr.endswith("end"), done.stderr)


def test_a_name_runs_once(world):
    world.worker()
    for _ in range(2):
        done = world.queue("submit", "--name", "once", "--shell", "echo once >>ran")
    check("was there already" in done.stderr, f"{done}")
    world.result("once")
    # A server that was started anew has forgotten the name, and the record has not.
    world.nats.kill()
    world.nats.begin()
    again = json.loads(world.queue("submit", "--name", "once", "--json", "--shell", "echo once >>ran").stdout)
    check(again["duplicate"] is True, f"{again}")
    world.publish("tug.jobs.other", '{"shell":"echo once >>ran"}', Nats_Msg_Id="once")
    world.submit("after", "--", "true")
    world.result("after")
    eventually("the duplicate is gone", lambda: "other" not in world.jobs())
    check(world.ran() == {"once": 1}, f"{world.ran()}")


def test_what_is_no_request_is_told(world):
    world.queue("submit", "--name", "good", "--", "true")
    for name, text in {"text": "nothing", "input": '{"argv":["cat"],"stdin":true}', "kept": '{"argv":["a"],"keep_ms":1}'}.items():
        world.publish(f"tug.jobs.{name}", text, Nats_Msg_Id=name)
    world.publish("tug.jobs.x", '{"argv":["true"]}')
    world.publish("tug.jobs.y", '{"argv":["true"]}', Nats_Msg_Id="../y")
    world.publish("tug.jobs.z", '{"argv":[],"unknown":1}', Nats_Msg_Id="z")
    world.worker()
    eventually("all are over", lambda: len(world.jobs()) == 7 and all(
        line["state"] in ("ended", "failed") for line in world.jobs().values()))
    jobs = world.jobs()
    errors = {name: line.get("error", {}).get("name") for name, line in jobs.items()}
    check(errors == {"good": None, "text": "parse_error", "input": "invalid_params", "kept": "invalid_params",
                     "refused=5": "invalid_params", "refused=6": "invalid_params", "z": "invalid_params"}, f"{errors}")
    check(world.result("input").returncode == 125, "a request that was refused has a code")


def test_a_listing_has_all_while_records_change(world):
    names = {f"job-{n}" for n in range(30)}
    lines = "".join(json.dumps({"job": name, "argv": ["true"]}) + "\n" for name in sorted(names))
    world.queue("submit", "--from", "-", data=lines)
    world.worker()
    eventually("all are over", lambda: all(line["state"] == "ended" for line in world.jobs().values()))
    records = {name: json.dumps(world.record(name)) for name in names}
    over = threading.Event()

    def change():
        while not over.is_set():
            name = random.choice(sorted(names))
            world.publish(f"$KV.tug-records.{name}", records[name], user="worker")

    changing = [threading.Thread(target=change) for _ in range(4)]
    for one in changing:
        one.start()
    try:
        for _ in range(30):
            listed = set(world.jobs())
            check(listed == names, f"{names ^ listed}")
    finally:
        over.set()
        for one in changing:
            one.join()


def test_files(world):
    world.worker()
    big = os.urandom(3_000_001)
    world.path("big").write_bytes(big)
    world.path("empty").write_bytes(b"")
    world.submit("files", "--in", f"{world.path('big')}:new/dir/in", "--in", f"{world.path('empty')}:none", "--out", "made",
                 "--out", "none", "--out", "missing", "--shell", "cat none new/dir/in new/dir/in >made")
    done = world.result("files", "--fetch", world.directory)
    check(done.returncode == 1 and "missing: not_found" in done.stderr, f"{done}")
    check(world.path("made").read_bytes() == big + big, "the file that came is not the one that was made")
    check(world.path("none").read_bytes() == b"", "the empty file")
    world.submit("lacks", "--shell", "true")
    world.publish("tug.jobs.l", '{"argv":["true"],"in":[{"object":"none such","path":"p"}]}', Nats_Msg_Id="l")
    record = world.record("l")
    check(record["state"] == "failed" and record["error"]["name"] == "not_found", f"{record}")


def test_a_long_job_stays_with_its_worker(world):
    """Its message is kept alive: no other worker gets it."""
    for _ in range(2):
        world.worker("--ack-wait", "1")
    world.submit("long", "--shell", "sleep 4; echo long >>ran")
    record = world.record("long")
    check(record["claims"] == 1 and world.ran() == {"long": 1}, f"{record} {world.ran()}")


def test_a_name_stands_for_its_addresses(world):
    port = world.hosts[0].port
    world.worker(pool=f"localhost:{port}")
    world.submit("named", "--", "true")
    check(world.record("named")["host"] in (f"127.0.0.1:{port}", f"[::1]:{port}"), f"{world.record('named')}")


def test_a_killed_worker_has_an_heir(world):
    """It finds the job where it is."""
    first = world.worker("--ack-wait", "1")
    world.submit("kept", "--shell", "echo kept >>ran; until [ -e go ]; do sleep 0.05; done; exit 3")
    eventually("it runs", lambda: world.jobs()["kept"]["state"] == "started" and world.ran())
    host = world.jobs()["kept"]["host"]
    first.kill()
    world.worker("--ack-wait", "1")
    world.submit("next", "--", "true")
    world.result("next")
    (world.root / "go").touch()
    record = world.record("kept")
    check(record["result"]["exit_code"] == 3 and record["host"] == host and record["claims"] == 2, f"{record}")
    check(world.ran() == {"kept": 1}, f"{world.ran()}")


def test_a_worker_that_was_held_up_leaves_what_another_has(world):
    first = world.worker("--ack-wait", "1")
    world.submit("held", "--shell", "echo held >>ran; until [ -e go ]; do sleep 0.05; done")
    eventually("it runs", lambda: world.jobs().get("held", {}).get("state") == "started" and world.ran())
    first.process.send_signal(signal.SIGSTOP)
    second = world.worker("--ack-wait", "1")
    eventually("another worker has it", lambda: world.record_now("held")["claims"] == 2)
    (world.root / "go").touch()
    record = world.record("held")
    second.kill()
    first.process.send_signal(signal.SIGCONT)
    world.submit("next", "--", "true")
    world.result("next")
    check(world.record("held") == record and world.ran() == {"held": 1}, f"{record} {world.record('held')} {world.ran()}")
    kept = [name for host in world.hosts for name in world.kept_jobs(host)]
    check("held" in kept, f"its host has forgotten it, so that a worker which was held up could start it anew: {kept}")


def test_a_worker_that_ends_gives_back(world):
    """At once, and not after the 30 s of --ack-wait."""
    first = world.worker()
    world.submit("given", "--shell", "echo given >>ran; until [ -e go ]; do sleep 0.05; done")
    eventually("it runs", lambda: world.ran() and world.jobs()["given"]["state"] == "started")
    check(first.end() == 0, "its exit code")
    world.worker()
    (world.root / "go").touch()
    eventually("it is over", lambda: world.jobs()["given"]["state"] == "ended", 20)
    check(world.ran() == {"given": 1}, f"{world.ran()}")


def test_a_host_that_restarts_loses_nothing(world):
    world.worker()
    world.submit("through", "--shell", "echo through >>ran; until [ -e go ]; do sleep 0.05; done; echo done")
    eventually("it runs", lambda: world.jobs()["through"]["state"] == "started" and world.ran())
    for host in world.hosts:
        host.kill()
        host.begin()
    (world.root / "go").touch()
    done = world.result("through")
    check((done.returncode, done.stdout) == (0, "done\n") and world.ran() == {"through": 1}, f"{done}")


def test_a_host_that_is_gone_makes_the_end_unknown(world):
    world.worker("--lost-after", "1")
    world.submit("gone", "--shell", "echo gone >>ran; until [ -e go ]; do sleep 0.05; done; echo >over")
    eventually("it runs", lambda: world.jobs()["gone"]["state"] == "started" and world.ran())
    host = next(h for h in world.hosts if str(h.port) in world.jobs()["gone"]["host"])
    host.kill()
    done = world.result("gone")
    check(done.returncode == 125 and "its end is not known: connect" in done.stderr, f"{done}")
    check(world.jobs()["gone"]["state"] == "unknown" and world.ran() == {"gone": 1}, "it is not told as unknown")
    world.submit("other", "--", "true")
    check(world.result("other").returncode == 0, "the other host takes no job")
    (world.root / "go").touch()
    eventually("it ends before its directory goes", (world.root / "over").exists)


def test_a_job_whose_holder_was_killed_is_unknown(world):
    world.worker()
    world.submit("lost", "--shell", "echo lost >>ran; kill -KILL $PPID; sleep 100")
    record = world.record("lost")
    check(record["state"] == "unknown" and record["error"]["name"] == "job_lost", f"{record}")


def test_a_host_that_never_answers_gets_no_job(world):
    world.hosts[0].kill()
    world.worker()
    for n in range(8):
        world.submit(f"j{n}", "--shell", f"echo j{n} >>ran")
    for n in range(8):
        check(world.result(f"j{n}").returncode == 0, f"j{n}")
    check(world.ran() == {f"j{n}": 1 for n in range(8)}, f"{world.ran()}")


def test_a_job_is_forgotten_where_it_ran(world):
    world.worker()
    world.submit("brief", "--", "true")
    world.result("brief")
    for host in world.hosts:
        eventually("its host has forgotten it", lambda host=host: not world.kept_jobs(host))


def test_the_layout_of_the_object_store_is_the_documented_one(world):
    """What other clients of NATS look for."""
    world.path("small").write_bytes(b"four")
    world.submit("layout", "--in", f"{world.path('small')}:in", "--", "true")
    stored = b"".join(p.read_bytes() for p in world.path("jetstream").rglob("*.blk"))
    name = base64.urlsafe_b64encode(b"layout/in/in")
    check(b"$O.tug-files.M." + name in stored and b"Nats-Rollup:sub" in stored.replace(b" ", b""), "its meta data")
    check(b"SHA-256=" in stored and b"$O.tug-files.C." in stored, "its chunks")


def test_a_password_that_others_can_read_is_refused(world):
    world.path("submitter").chmod(0o644)
    done = world.queue("ls", check=False)
    check(done.returncode == 1 and str(world.path("submitter")) in done.stderr, f"{done}")


def test_a_damaged_object_is_refused(world):
    meta = {"name": "bad", "bucket": "tug-files", "nuid": "N", "size": 4, "chunks": 1, "digest": "SHA-256=AAAA"}
    world.queue("submit", "--name", "first", "--", "true")
    world.publish("$O.tug-files.C.N", "four")
    world.publish("$O.tug-files.M." + base64.urlsafe_b64encode(b"bad").decode(), json.dumps(meta), Nats_Rollup="sub")
    world.publish("tug.jobs.b", '{"shell":"echo b >>ran","in":[{"object":"bad","path":"p"}]}', Nats_Msg_Id="b")
    world.worker()
    record = world.record("b")
    check(record["state"] == "failed" and "is damaged" in record["error"]["message"], f"{record}")
    check(not (world.root / "p").exists() and not world.ran(), "it was used")


def test_a_record_leads_out_of_no_directory(world):
    world.worker()
    world.path("f").write_bytes(b"evil")
    world.submit("real", "--in", f"{world.path('f')}:in", "--", "true")
    world.result("real")
    forged = {"state": "ended", "result": {"reason": "exited", "exit_code": 0}, "out": [{"path": "a/..", "object": "real/in/in"}]}
    world.publish("$KV.tug-records.forged", json.dumps(forged), user="worker")
    world.path("to").mkdir()
    done = world.result("forged", "--fetch", world.path("to"))
    check(done.returncode == 1 and "names no file" in done.stderr and not any(world.path("to").iterdir()), f"{done}")


def test_without_tug_queue_it_is_said_what_to_install(world):
    with tempfile.TemporaryDirectory() as alone:
        shutil.copy(world.bin / "tug", alone)
        done = subprocess.run([Path(alone) / "tug", "queue", "ls"], capture_output=True, env={"PATH": alone}, check=False)
    check(done.returncode == 1 and b"install the package tug-worker" in done.stderr, f"{done}")


def test_two_hundred_jobs_while_all_are_killed(world):
    for _ in range(3):
        world.worker("--ack-wait", "2")
    chaos = Chaos(world, jobs=200, kills=12, seed=3)
    chaos.run()
    wrong, unknown = chaos.wrong()
    print(f"killed {dict(chaos.killed)}, {unknown} ends are unknown")
    check(not wrong, f"{wrong[:5]}")


if __name__ == "__main__":
    if why := missing(sys.argv[1]):
        print(why)
        sys.exit(77)
    sys.exit(run_tests(globals(), World))
