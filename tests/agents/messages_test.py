#!/usr/bin/python3
"""Messages that are wrong, in any order, cut and cancelled: each request is answered once, nothing hangs or runs twice."""

import json
import os
import random
import subprocess
import sys

from mcp import check, main

MESSAGES = int(os.environ.get("TUG_MCP_MESSAGES", "10000"))


def error_of(agent, line):
    agent.send_line(line)
    message = agent.next_message()
    check("error" in message, f"{line!r}: {message}")
    return message["error"]["code"], message["id"]


def test_wrong_messages(world):
    with world.agent() as a:
        for line in (b"{", b"\xff\xfe", b"[1,", b'"\\ud800"', b"nul"):
            check(error_of(a, line) == (-32700, None), str(line))
        for line in ("1", "[]", "null", '{"jsonrpc":"2.0"}', '{"jsonrpc":"1.0","id":1,"method":"ping"}',
                     '{"jsonrpc":"2.0","id":null,"method":"ping"}', '{"jsonrpc":"2.0","id":[1],"method":"ping"}',
                     '{"jsonrpc":"2.0","id":1.5,"method":"ping"}'):
            check(error_of(a, line) == (-32600, None), line)
        check(error_of(a, '{"jsonrpc":"2.0","id":"x","method":7}') == (-32600, "x"), "method")
        check(error_of(a, '{"jsonrpc":"2.0","id":"x","method":"ping","params":[]}') == (-32600, "x"), "params")
        check(error_of(a, '{"jsonrpc":"2.0","id":"x","method":"none"}') == (-32601, "x"), "no such method")
        check(error_of(a, '{"jsonrpc":"2.0","id":"x","method":"initialize"}') == (-32600, "x"), "twice")
        call = {"jsonrpc": "2.0", "id": "x", "method": "tools/call", "params": {"name": "none"}}
        check(error_of(a, json.dumps(call)) == (-32602, "x"), "no such tool")
        check(error_of(a, "x" * (17 << 20)) == (-32700, None), "a line of 17 MiB")
        a.notify("notifications/cancelled", {"requestId": "nothing"})
        a.notify("notifications/none")
        a.send({"jsonrpc": "2.0", "id": 7, "result": {}})
        check(a.request("ping") == {}, "it answers no more")


def test_before_initialize(world):
    with world.agent(hello=False) as a:
        check(a.answer(a.begin("ping"))["result"] == {}, "ping")
        check(a.answer(a.begin("tools/list"))["error"]["code"] == -32002, "tools before initialize")


def test_same_id(world):
    with world.agent() as a:
        call = {"jsonrpc": "2.0", "id": 900, "method": "tools/call",
                "params": {"name": "exec", "arguments": {"shell": "echo x >> count; sleep 0.5"}}}
        a.send(call)
        a.send(call)
        first, second = a.next_message(), a.next_message()
        check(first["error"]["code"] == -32600 and second["result"]["structuredContent"]["exit_code"] == 0, "once")
        check(world.read("count") == b"x\n", "it ran twice")


def test_batch(world):
    ping = {"jsonrpc": "2.0", "id": "p", "method": "ping"}
    note = {"jsonrpc": "2.0", "method": "notifications/none"}
    tool = {"jsonrpc": "2.0", "id": "t", "method": "tools/call", "params": {"name": "exec", "arguments": {"argv": ["true"]}}}
    with world.agent(version="2025-03-26") as a:
        a.send([ping, note, tool, 5])
        check(sorted(str(m["id"]) for m in a.next_message()) == ["None", "p", "t"], "the batch")
        a.send([note])
        check(a.request("ping") == {}, "a batch that wants no answer has one")
    with world.agent() as a:
        a.send([ping])
        check(a.next_message()["error"]["code"] == -32600, "batches of another version")


def some_message(r, number):
    """A request, mostly of a tool, with arguments that may be wrong. What changes something leaves its number."""
    tools = [("exec", {"shell": f"echo {number} >> ran"}), ("exec", {"shell": "sleep 30", "wait_ms": r.randrange(40)}),
             ("exec", {"argv": ["head", "-c", str(r.randrange(100000)), "/dev/zero"], "max_bytes": r.randrange(5000)}),
             ("write_file", {"path": f"f{number % 7}", "content": "x" * r.randrange(2000)}),
             ("read_file", {"path": f"f{number % 7}", "line": r.randrange(3)}), ("job_list", {"max_entries": 3}),
             ("job_wait", {"job": "none"}), ("list_files", {"path": r.choice(["/", "none", 7])}),
             ("stat", {"path": "f1", r.choice(["follow", "other"]): True}), ("about", {}), (r.choice([5, "none"]), {})]
    weights = [6, 1, 3, 3, 6, 2, 4, 3, 4, 6, 2]
    name, arguments = r.choices(tools, weights)[0]
    if r.random() < 0.3:
        return "ping", {}
    return "tools/call", {"name": name, "arguments": arguments, "_meta": {"progressToken": number}}


def test_random(world):
    """Thousands of messages, some cut, some cancelled while they run; at most 60 at once."""
    r = random.Random(20261128)
    with world.agent() as a:
        expected, cancelled, commands = set(), set(), set()
        for n in range(MESSAGES):
            chance = r.random()
            if chance < 0.05:
                text = json.dumps({"jsonrpc": "2.0", "id": "cut", "method": "ping"})
                a.send_line(text[:r.randrange(1, len(text))])
                continue
            if chance < 0.15 and expected:
                one = r.choice(sorted(expected))
                a.notify("notifications/cancelled", {"requestId": one})
                cancelled.add(one)
                expected.discard(one)
                continue
            number = 10000 + n
            method, params = some_message(r, number)
            if "ran" in json.dumps(params):
                commands.add(number)
            a.send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
            expected.add(number)
            while len(expected) >= 40:
                a.answers.pop(None, None)
                expected.discard(a.take().get("id"))
        while expected:
            a.answers.pop(None, None)
            expected.discard(a.take().get("id"))
        check(a.request("ping") == {}, "it answers no more")
        ran = [int(n) for n in world.read("ran").split()]
        check(len(ran) == len(set(ran)), "a command ran twice")
        missing = {n for n in commands if n not in cancelled and n not in ran and not refused(a.answers.get(n))}
        check(not missing, f"these were answered and did not run: {sorted(missing)[:5]}")
        check(a.end() == 0, "it did not end well")


def refused(answer):
    return answer is None or "error" in answer or answer["result"]["isError"]


def test_end_of_input(world):
    """What runs when the client goes is ended with it; what goes on as a job stays."""
    with world.agent() as a:
        job = a.tool("exec", argv=["sleep", "1000"], wait_ms=1)["job"]
        a.begin_tool("exec", job="gone", shell="echo begun > begun; sleep 1000", wait_ms=60000)
        while not os.path.exists(os.path.join(world.root, "begun")):
            a.tool("about")
        check(a.end() == 0, "it did not end well")
    with world.agent() as a:
        check(a.tool("job_status", job="gone")["result"]["reason"] == "cancelled", "it still runs")
        check(a.tool("job_status", job=job)["state"] == "running", "the job has ended")
        a.tool("job_cancel", job=job)


def test_reader_goes(world):
    """Nothing that it says is read any more: it ends, although its input stays open."""
    read, write = os.pipe()
    it = subprocess.Popen([world.program("tug"), "mcp", world.address], stdin=subprocess.PIPE, stdout=write,
                          env={**os.environ, "TUG_KEY_FILE": world.keys})
    os.close(write)
    os.close(read)
    it.stdin.write(b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n')
    it.stdin.flush()
    check(it.wait(60) != 0, "it took no notice")
    it.stdin.close()


if __name__ == "__main__":
    sys.exit(main(globals()))
