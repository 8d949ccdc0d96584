#!/usr/bin/python3
"""The configuration files that docs/agents.md shows are read as agents read them, and what they start works."""

import json
import os
import re
import sys

from mcp import Agent, check, main

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "agents.md")


def configurations():
    """The servers of each JSON block of the page."""
    with open(PAGE, encoding="utf-8") as f:
        blocks = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", f.read(), re.DOTALL)]
    return [server for block in blocks for name in ("mcpServers", "servers") for server in block.get(name, {}).values()]


def test_configurations(world):
    """With the places of this world in the place of those of the page."""
    servers = configurations()
    check(len(servers) == 2, f"{len(servers)} configurations")
    for server in servers:
        check(server["command"] == "tug", str(server))
        args = [{"/etc/tug/agent.key": world.keys, "build.example:8840": world.address,
                 "${workspaceFolder}": world.local}.get(word, word) for word in server["args"]]
        if "--tls-ca" in args:  # the tugd of this test has no certificate
            at = args.index("--tls-ca")
            args = args[:at] + args[at + 2:]
        if "--key-file" not in args:
            check(server["env"]["TUG_KEY_FILE"] == "/etc/tug/agent.key", str(server))
        with Agent(world, args, "all", command=True) as a:
            check(a.tool("exec", argv=["echo", "hi"])["stdout"]["text"] == "hi\n", str(server))
            check(a.end() == 0, "it did not end well")


if __name__ == "__main__":
    sys.exit(main(globals()))
