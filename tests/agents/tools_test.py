#!/usr/bin/python3
"""What the tools of `tug mcp` do, as a client that knows the specification alone sees it."""

import base64
import hashlib
import os
import shutil
import sys

from mcp import Failed, check, main


def test_opening(world):
    for version in ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"):
        with world.agent(version=version) as a:
            check(a.hello["protocolVersion"] == version, f"{version}: {a.hello}")
            check(a.hello["serverInfo"]["name"] == "tug" and "tools" in a.hello["capabilities"], str(a.hello))
            check(a.end() == 0, "it did not end well")
    with world.agent(version="1999-01-01") as a:
        check(a.hello["protocolVersion"] == "2025-11-25", f"a version that nothing speaks: {a.hello}")


def test_key_decides(world):
    with world.agent(key="all") as a:
        names = set(a.tools())
        check({"exec", "job_list", "read_file", "write_file", "remove"} <= names and "put_tree" not in names, str(names))
    with world.agent("--allow-local", world.local) as a:
        check({"put_tree", "get_tree", "put_file", "get_file"} <= set(a.tools()), "no local tools")
    world.write("a", b"text")
    with world.agent(key="reader") as a:
        readers = {"about", "read_file", "list_files", "stat", "watch_files", "watch_events", "watch_stop"}
        check(set(a.tools()) == readers, str(set(a.tools())))
        check(a.tool("read_file", path="a")["text"] == "text", "it may read")
        check(a.failure("exec", argv=["true"])["need"] == "exec", "it may not run")
        check(a.failure("write_file", path="a", content="")["need"] == "put", "it may not write")
        about = a.tool("about")
        check(about["permissions"] == ["get"] and "exec" in about["not_offered"], str(about))
    check(world.read("a") == b"text", "something was written")


def test_exec_ends(world):
    with world.agent() as a:
        r = a.tool("exec", argv=["sh", "-c", "echo out; echo err >&2; exit 3"])
        check((r["state"], r["reason"], r["exit_code"]) == ("ended", "exited", 3), str(r))
        check(r["stdout"]["text"] == "out\n" and r["stderr"]["text"] == "err\n" and r["survivors"] == 0, str(r))
        check("job" not in r and a.tool("job_list")["jobs"] == [], "a command that was told whole stays")
        r = a.tool("exec", shell="kill -9 $$")
        check((r["reason"], r["signal"]) == ("signaled", "KILL") and "exit_code" not in r, str(r))
        r = a.tool("exec", shell="sleep 1000", timeout_ms=50)
        check(r["reason"] == "timed_out", str(r))
        r = a.tool("exec", shell="cat; echo $WORD; pwd", stdin="in\n", env={"WORD": "said"}, cwd="/", merge=True)
        check(r["stdout"]["text"].startswith("in\nsaid\n") and "stderr" not in r, str(r))
        check(a.failure("exec", argv=["/no/such"])["name"] == "exec_not_found", "it ran")
        check(a.failure("exec")["field"] == "argv", "no command")
        check(a.failure("exec", argv=["true"], shel="x")["field"] == "shel", "a word too many")
        check(a.failure("exec", argv=["true"], wait_ms=-1)["field"] == "wait_ms", "a time before now")


def test_dry_run(world):
    """What the key allows is said without a run, and what it does not by the error that a run would give."""
    with world.agent(key="echoes") as a:
        check(a.tool("exec", argv=["echo", "hi"], dry_run=True) == {"allowed": True}, "not allowed")
        check(a.tool("exec", argv=["echo", "hi"])["stdout"]["text"] == "hi\n", "not run")
        for command in ({"argv": ["touch", "made"]}, {"shell": "echo hi"}, {"argv": ["echo"], "env": {"LD_PRELOAD": "x"}}):
            dry = a.failure("exec", dry_run=True, **command)
            check(dry["name"] == "permission_denied" and dry == a.failure("exec", **command), str(dry))
        check(a.failure("exec", argv=["echo"], cwd="none", dry_run=True)["name"] == "not_found", "a directory that is not there")
    with world.agent() as a:
        check(a.tool("exec", argv=["touch", "made"], dry_run=True) == {"allowed": True}, "not allowed")
        check(not os.path.exists(os.path.join(world.root, "made")), "it ran")


def test_bounded_output(world):
    """Never more than asked, nothing left out in silence, and the rest can be read."""
    text = b"".join(b"line %06d\n" % n for n in range(100000))
    world.write("text", text)
    with world.agent() as a:
        r = a.tool("exec", argv=["cat", "text"], max_bytes=1000)
        out = r["stdout"]
        check(len(out["head"]) + len(out["tail"]) <= 1000 and out["bytes"] == len(text), str(r))
        check(text.startswith(out["head"].encode()) and text.endswith(out["tail"].encode()), "not head and tail")
        check(out["omitted"] == {"from": len(out["head"]), "to": len(text) - len(out["tail"])}, str(out["omitted"]))
        got, at = out["head"].encode(), out["omitted"]["from"]
        while at < len(text):
            piece = a.tool("job_output", job=r["job"], **{"from": at}, max_bytes=300000)
            check(len(piece["text"]) <= 300000 and piece["from"] == at, "more than asked")
            got, at = got + piece["text"].encode(), piece["next"]
        check(not piece["more"] and hashlib.sha256(got).digest() == hashlib.sha256(text).digest(), "other bytes")
        piece = a.tool("job_output", job=r["job"], tail=True, max_bytes=12)
        check(piece["text"] == "line 099999\n", str(piece))
        check(a.failure("job_output", job="none")["name"] == "not_found", "a job that is not there")
        r = a.tool("exec", shell="printf 'a\\377b'; printf '\\303\\244%.0s' 1 2 3 4 5 >&2", max_bytes=7)
        check(r["stdout"]["text"] == "a\ufffdb" and r["stdout"]["text_invalid_bytes"] == 1, str(r))
        check(r["stderr"]["head"] == "ä" and r["stderr"]["omitted"] == {"from": 2, "to": 6}, str(r))
        piece = a.tool("job_output", job=r["job"], encoding="base64")
        check(base64.b64decode(piece["text_base64"]) == b"a\xffb", str(piece))


def printed(on, job):
    """The first that a job prints, once it has."""
    return on.tool("job_output", job=job, **{"from": 0}, wait_ms=60000)["text"]


def test_goes_on_as_job(world):
    with world.agent() as a:
        r = a.tool("exec", shell="echo begun; read x < go; echo done; exit 4", wait_ms=60000)
        os.mkfifo(os.path.join(world.root, "go2"))
        check(r["state"] == "ended", str(r))  # there is no such file: it ended at once
        r = a.tool("exec", shell="echo begun; read x < go2; echo done $x; exit 4", wait_ms=1)
        check(r["state"] == "running" and "job_wait" in r["note"], str(r))
        job = r["job"]
        check(printed(a, job) == "begun\n", "it did not begin")
        check(a.tool("job_status", job=job)["state"] == "running", "it does not run")
        check(a.tool("job_wait", job=job, wait_ms=1)["state"] == "running", "it has ended")
        waiting = a.begin_tool("job_output", job=job, **{"from": 6}, wait_ms=60000)
        with open(os.path.join(world.root, "go2"), "w", encoding="utf-8") as f:
            f.write("now\n")
        piece = a.outcome(waiting)["structuredContent"]
        check(piece["text"] == "done now\n" and piece["from"] == 6, str(piece))
        r = a.tool("job_wait", job=job)
        check(r["state"] == "ended" and r["result"]["exit_code"] == 4, str(r))
        a.tool("job_remove", job=job)
        check(a.tool("job_list")["jobs"] == [], "it is still there")


def test_signal_and_cancel(world):
    with world.agent() as a:
        r = a.tool("exec", shell="trap 'echo caught; exit 5' USR1; echo ready; while :; do sleep 0.01; done", wait_ms=1)
        check(printed(a, r["job"]) == "ready\n", "it did not begin")
        a.tool("job_signal", job=r["job"], signal="USR1")
        check(a.tool("job_wait", job=r["job"])["result"]["exit_code"] == 5, "the signal did not come")
        job = a.tool("exec", argv=["sleep", "1000"], wait_ms=1)["job"]
        r = a.tool("job_cancel", job=job)
        check(r["state"] == "ended" and r["result"]["reason"] == "cancelled", str(r))
        # A call that is cancelled is not answered, and its command has ended.
        call = a.begin_tool("exec", job="long", shell="echo $$ > pid; sleep 1000", wait_ms=60000)
        while not (os.path.exists(os.path.join(world.root, "pid")) and world.read("pid").strip()):
            a.tool("about")
        a.notify("notifications/cancelled", {"requestId": call, "reason": "enough"})
        r = a.tool("job_wait", job="long")
        check(r["state"] == "ended" and r["result"]["reason"] == "cancelled", str(r))
        check(call not in a.answers, "it was answered all the same")


def test_runs_once(world):
    with world.agent() as a:
        for _ in range(3):
            r = a.tool("exec", job="once", shell="echo x >> count")
            check(r["exit_code"] == 0 and r["job"] == "once", str(r))
        check(world.read("count") == b"x\n", "it ran more than once")
        check(a.failure("exec", job="once", shell="another")["name"] == "already_exists", "another command")


def test_lost_connection(world):
    """tugd is killed and started anew under a call: the command goes on, and every byte of it is there once."""
    os.mkfifo(os.path.join(world.root, "go"))
    with world.agent() as a:
        call = a.begin_tool("exec", shell="echo x >> count; echo before; read x < go; echo after", wait_ms=60000)
        while not os.path.exists(os.path.join(world.root, "count")):
            a.tool("about")
        world.restart_tugd()
        with open(os.path.join(world.root, "go"), "w", encoding="utf-8") as f:
            f.write("\n")
        r = a.outcome(call)["structuredContent"]
        check(r["exit_code"] == 0 and r["stdout"]["text"] == "before\nafter\n", str(r))
        check(world.read("count") == b"x\n", "it ran more than once")
        check(a.tool("about")["keeps_jobs"], "the connection was not made anew")


def test_files(world):
    lines = b"".join(b"%d\n" % n for n in range(1, 1001))
    with world.agent() as a:
        a.tool("make_directory", path="d/e")
        r = a.tool("write_file", path="d/e/f", content=lines.decode(), if_match="absent")
        check(world.read("d/e/f") == lines and r["size"] == len(lines), str(r))
        check(a.failure("write_file", path="d/e/f", content="", if_match="absent")["name"] == "precondition_failed", "written")
        whole = a.tool("read_file", path="d/e/f")
        check(whole["text"].encode() == lines and whole["digest"] == r["digest"] and not whole["more"], str(whole)[:300])
        part = a.tool("read_file", path="d/e/f", line=500, lines=2)
        check(part["text"] == "500\n501\n" and part["next_line"] == 502 and part["more"], str(part))
        check(lines[part["offset"]:part["next"]] == b"500\n501\n", str(part))
        part = a.tool("read_file", path="d/e/f", offset=part["next"], max_bytes=4)
        check(part["text"] == "502\n" and "digest" not in part, str(part))
        check(a.tool("read_file", path="d/e/f", line=1001)["text"] == "", "lines behind the end")
        check(a.failure("write_file", path="d/e/f", content="new", if_match="xxh3-128:" + "0" * 32)["name"] == "precondition_failed",
              "another file was replaced")
        check(world.read("d/e/f") == lines, "written all the same")
        a.tool("write_file", path="d/e/f", content_base64=base64.b64encode(b"\xff\x00").decode(), if_match=whole["digest"])
        check(world.read("d/e/f") == b"\xff\x00", "not written")
        check(base64.b64decode(a.tool("read_file", path="d/e/f", encoding="base64")["text_base64"]) == b"\xff\x00", "read")
        found = a.tool("stat", path="d/e/f", digest=True)
        check(found["size"] == 2 and found["digest"] == a.tool("read_file", path="d/e/f")["digest"], f"stat: {found}")
        check("digest" not in a.tool("stat", path="d/e/f"), "a digest that was not asked for")
        check(a.failure("stat", path="d", digest=True)["name"] == "is_directory", "the digest of a directory")
        for n in range(5):
            world.write(f"d/e/g{n}", b"")
        r = a.tool("list_files", path="d", recursive=True, max_entries=4)
        check([e["path"] for e in r["entries"]] == ["e", "e/f", "e/g0", "e/g1"] and r["more"], str(r))
        r = a.tool("list_files", path="d", recursive=True, skip=r["next_skip"])
        check([e["path"] for e in r["entries"]] == ["e/g2", "e/g3", "e/g4"] and not r["more"], str(r))
        a.tool("move", **{"from": "d/e/f", "to": "d/moved"})
        check(a.failure("move", **{"from": "d/moved", "to": "d/e"})["name"] == "already_exists", "moved over it")
        check(a.failure("remove", path="d")["name"] == "is_directory", "removed all")
        check(a.tool("remove", path="d", recursive=True)["removed"] == 8, "how many")
        check(a.failure("read_file", path="../etc/passwd")["name"] == "path_denied", "outside of the root")


def test_watch(world):
    """What happens between two calls is told by the next one, once."""
    os.mkdir(os.path.join(world.root, "d"))
    world.write("d/old", b"")
    with world.agent() as a:
        watch = a.tool("watch_files", path="d", recursive=True)["watch"]
        check(a.tool("watch_events", watch=watch, wait_ms=0)["events"] == [], "what was there before")
        world.write("d/new", b"1")
        os.rename(os.path.join(world.root, "d", "old"), os.path.join(world.root, "d", "renamed"))
        got = []
        while not any(e["event"] == "renamed" for e in got):
            r = a.tool("watch_events", watch=watch, max_events=1)
            check(len(r["events"]) == 1 and r["more"], str(r))
            got += r["events"]
        check(got[0] == {"event": "created", "path": "new"}, str(got))
        check(got[-1] == {"event": "renamed", "path": "renamed", "from": "old"}, str(got))
        call = a.begin_tool("watch_events", meta={"progressToken": "w"}, watch=watch, wait_ms=60000)
        a.tool("about")
        check(a.failure("watch_events", watch=watch)["name"] == "busy", "two calls wait for the same events")
        # A call that is cancelled takes no event with it.
        os.mkdir(os.path.join(world.root, "d", "sub"))
        while not a.notifications and call not in a.answers:
            a.take()
        a.notify("notifications/cancelled", {"requestId": call})
        a.tool("about")
        r = a.outcome(call)["structuredContent"] if call in a.answers else a.tool("watch_events", watch=watch)
        check(r["events"][0] == {"event": "created", "path": "sub", "directory": True}, str(r))
        shutil.rmtree(os.path.join(world.root, "d"))
        while not r["ended"]:
            r = a.tool("watch_events", watch=watch)
        check(a.failure("watch_events", watch=watch)["name"] == "not_found", "it is over")
        check(a.failure("watch_files", path="none")["name"] == "not_found", "nothing to watch")
        os.mkdir(os.path.join(world.root, "e"))
        several = [a.tool("watch_files", path="e")["watch"] for _ in range(16)]
        check(a.failure("watch_files", path="e")["name"] == "busy", "more watches than there may be")
        a.tool("watch_stop", watch=several[0])
        check(a.failure("watch_stop", watch=several[0])["name"] == "not_found", "stopped twice")
        last = a.tool("watch_files", path="e")["watch"]
        world.restart_tugd()
        check(a.failure("watch_events", watch=last)["name"] == "connection_lost", "what was missed is not said")
        check(a.failure("watch_events", watch=last)["name"] == "not_found", "it goes on")


def test_local_paths(world):
    inside = os.path.join(world.local, "tree")
    os.makedirs(os.path.join(inside, "sub"))
    with open(os.path.join(inside, "sub", "file"), "wb") as f:
        f.write(b"x" * 1000000)
    os.symlink("/etc", os.path.join(world.local, "out"))
    os.symlink(os.path.join(world.directory, "nowhere"), os.path.join(world.local, "dangling"))
    with world.agent("--allow-local", world.local) as a:
        plan = a.tool("put_tree", local=inside, path="copy", dry_run=True)
        check([c["path"] for c in plan["changes"]] == [".", "sub", "sub/file"], str(plan))
        check("more_changes" not in plan and not os.path.exists(os.path.join(world.root, "copy")), str(plan))
        r = a.tool("put_tree", local=inside, path="copy")
        check("changes" not in r, str(r))
        check(r["files"] == 1 and r["bytes"] == 1000000, str(r))
        check(a.tool("put_tree", local=inside, path="copy")["unchanged"] == 1, "sent again")
        for n in range(250):
            world.write(f"copy/new{n:03}", b"")
        plan = a.tool("get_tree", local=inside, path="copy", dry_run=True)
        check(len(plan["changes"]) == 200 and plan["more_changes"] == 51, str(plan)[-300:])
        plan = a.tool("put_tree", local=inside, path="copy", delete=True, dry_run=True)
        check({"path": "new000", "change": "removed"} in plan["changes"], str(plan)[:300])
        a.tool("put_tree", local=inside, path="copy", delete=True)
        a.tool("get_tree", local=os.path.join(world.local, "back"), path="copy")
        check(os.path.getsize(os.path.join(world.local, "back", "sub", "file")) == 1000000, "not fetched")
        a.tool("put_file", local=os.path.join(inside, "sub", "file"), path="one")
        a.tool("get_file", local=os.path.join(world.local, "one"), path="one")
        for path in ("/etc/passwd", world.local + "/../keys", world.local + "/out/passwd", world.local + "x"):
            check(a.failure("put_file", local=path, path="stolen")["name"] == "permission_denied", path)
        check(a.failure("get_file", local=os.path.join(world.local, "dangling"), path="one")["field"] == "local", "dangling")
        check(not os.path.exists(os.path.join(world.root, "stolen")), "sent")
        check(not os.path.exists(os.path.join(world.directory, "nowhere")), "written outside")


def test_progress(world):
    with world.agent() as a:
        call = a.begin_tool("exec", meta={"progressToken": "p"}, shell="for i in 1 2 3; do echo $i; sleep 0.3; done")
        a.outcome(call)
        said = [n["params"] for n in a.notifications if n["method"] == "notifications/progress"]
        check(said and all(p["progressToken"] == "p" for p in said), "no progress")
        check([p["progress"] for p in said] == sorted({p["progress"] for p in said}), f"not growing: {said}")


def test_audit(world):
    """Each call stands in the audit log with the trace and the name of the agent."""
    with world.agent() as a:
        trace = a.tool("about")["traceparent"]
        a.tool("exec", argv=["true"])
        check(a.end() == 0, "it did not end well")
    world.tugd.terminate()
    world.tugd.wait(60)
    calls = [c for c in world.calls() if c["method"] == "job.start"]
    check(len(calls) == 1, str(calls))
    check(calls[0]["traceparent"] == trace and calls[0]["tracestate"] == "tug-mcp=tester/1", str(calls))


def test_host_without_jobs(world):
    world.start_tugd("127.0.0.1:0")
    with world.agent() as a:
        check("job_list" not in a.tools(), "jobs where there are none")
        check(a.tool("exec", shell="echo hi; exit 2")["exit_code"] == 2, "exec")
        r = a.tool("exec", shell="echo begun; sleep 1000", wait_ms=2000)
        check(r["reason"] == "timed_out" and "no jobs" in r["note"] and r["stdout"]["text"] == "begun\n", str(r))


def test_no_host(world):
    world.tugd.terminate()
    world.tugd.wait(60)
    with world.agent(hello=False) as a:
        answer = a.answer(a.begin("initialize", {"protocolVersion": "2025-06-18"}))
        check("error" in answer and world.address in answer["error"]["message"], str(answer))
        check(a.end() == 0, "it did not end well")


if __name__ == "__main__":
    sys.exit(main(globals()))
