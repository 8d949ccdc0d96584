#!/usr/bin/env python3
"""The project's own rules, each with a name; findings are printed as `file:line: [rule] text`, status 1 if there are any.

A line that breaks a rule for a good reason says so in a comment on it: `lint-allow(rule): the reason`.
"""

import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # the checkout stays as it is

from cpp_text import blank, block_end, statement_end

CPP_SUFFIXES = {".hpp", ".cpp"}
TEXT_SUFFIXES = CPP_SUFFIXES | {".py", ".sh", ".md", ".cmake", ".txt", ".yml", ".json", ""}
LAYERS = ("proto", "service", "client-sdk", "cli", "worker", "tests", "bench")
PRODUCT = ("proto/", "service/", "client-sdk/", "cli/", "worker/")
SKIPPED_DIRS = {".git", ".cache", "corpus", "node_modules", "dist"}
MAX_LINES = 400

# Folder -> the folders whose headers it may include; the longest prefix decides.
MAY_INCLUDE = {
    "proto/": ("proto/",),
    "proto/os/": ("proto/",),
    "proto/net/": ("proto/",),
    "service/": ("proto/", "service/"),
    "client-sdk/": ("proto/", "client-sdk/"),
    # The SDK alone, and what every program does with its descriptors, children, numbers, names and paths.
    "cli/": ("cli/", "client-sdk/", "proto/net/include/tug/net/name_lookups.hpp", "proto/os/include/tug/os/escape.hpp",
             "proto/os/include/tug/os/failed_child.hpp", "proto/os/include/tug/os/flag_numbers.hpp",
             "proto/os/include/tug/os/need_of_port.hpp", "proto/os/include/tug/os/private_file.hpp",
             "proto/os/include/tug/os/random.hpp", "proto/os/include/tug/os/path_text.hpp",
             "proto/os/include/tug/os/standard_streams.hpp"),
    "worker/": ("worker/", "client-sdk/", "proto/os/include/tug/os/escape.hpp", "proto/os/include/tug/os/private_file.hpp",
                "proto/os/include/tug/os/random.hpp", "proto/os/include/tug/os/standard_streams.hpp"),
}

# What both sides name alike, and the SDK's headers may show of the layers below; nothing of the wire is among it.
SDK_SHOWS = {f"tug/{name}.hpp" for name in (
    "net/address", "net/byte_channel", "os/private_file", "proto/base64", "proto/bytes", "proto/chunk", "proto/digest", "proto/error",
    "proto/permission", "proto/secret_key", "proto/signal_names")}

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')
SANS_IO_FORBIDDEN = re.compile(
    r"^(boost/asio|boost/beast|boost/process|boost/filesystem|boost/date_time|spdlog/|fmt/|sys/|netinet/|arpa/|linux/"
    r"|(unistd|fcntl|signal|poll|pthread|time|netdb|errno)\.h$"
    r"|(chrono|ctime|thread|mutex|condition_variable|future|filesystem|fstream|iostream|csignal|cerrno)$)")
DETACHED = re.compile(r"\bdetached\b")
SPAWN = re.compile(r"(?<![\w.>])(?:::|std::)?(?:fork|vfork|popen|system|execl|execle|execlp|execv|execve|execveat|execvp"
                   r"|execvpe|fexecve|posix_spawnp?)\s*\(")
SLEEP = re.compile(r"\b(?:sleep_for|sleep_until|usleep|nanosleep)\b")
AGGREGATE = re.compile(r"(?:[(,]|[\w>])\s*\{\s*\.\s*\w+\s*=")
LAMBDA = re.compile(r"(?<![\w\])])\[(?!\[)([^\[\]]*)\]\s*(?:\(|\{|<)")
MARKER = re.compile(r"\b(?:" + "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3, "HA" + "CK")) + r")\b")
MACHINE_PATH = re.compile(r"(?:/home/|/Users/|/work/)\w")
ALLOW = re.compile(r"lint-allow\((?P<rule>[\w-]+)\)")


class Source:
    """One file: its lines as they are, and for C++ a copy without comments and literals, of the same shape."""

    def __init__(self, path, text):
        self.path = path
        self.lines = text.splitlines()
        self.text = text
        self.is_cpp = Path(path).suffix in CPP_SUFFIXES
        self.code = blank(text) if self.is_cpp else ""
        self.code_lines = self.code.splitlines()

    def includes(self):
        for number, line in enumerate(self.lines, 1):
            match = INCLUDE.match(line)
            if match:
                yield number, match.group(1)

    def within(self, *prefixes):
        return self.path.startswith(prefixes)


def in_code(source, pattern, text):
    for number, line in enumerate(source.code_lines, 1):
        if pattern.search(line):
            yield number, text


def file_length(source, _):
    if source.is_cpp and len(source.lines) > MAX_LINES:
        yield MAX_LINES + 1, f"{len(source.lines)} lines, {MAX_LINES} are the most"


def pragma_once(source, _):
    if source.path.endswith(".hpp") and "#pragma once" not in source.lines:
        yield 1, "a header starts with #pragma once"


def sans_io(source, _):
    if source.is_cpp and source.within("proto/include/", "proto/src/"):
        for number, name in source.includes():
            if SANS_IO_FORBIDDEN.match(name):
                yield number, f"the sans-I/O core may not include {name}"


def layers(source, headers):
    layer = max((prefix for prefix in MAY_INCLUDE if source.within(prefix)), key=len, default=None)
    if layer is None or not source.is_cpp:
        return
    for number, name in source.includes():
        owner = headers.get(name)
        if owner and not owner.startswith(MAY_INCLUDE[layer]):
            yield number, f"{layer} may not include {name} of {owner.split('/')[0]}/"
        if layer == "proto/" and owner and owner.startswith(("proto/os/", "proto/net/")):
            yield number, f"the sans-I/O core may not include {name}"
        if layer == "proto/os/" and (name.startswith("boost/asio") or owner and owner.startswith("proto/net/")):
            yield number, f"proto/os/ goes without Asio: it may not include {name}"


def sdk_headers(source, headers):
    if source.within("client-sdk/include/"):
        for number, name in source.includes():
            if headers.get(name, "").startswith("proto/") and name not in SDK_SHOWS:
                yield number, f"a public header of the SDK may not show {name}: give it a type of its own"


def detached(source, _):
    if source.within(*PRODUCT):
        yield from in_code(source, DETACHED, "every coroutine has an owner: no asio::detached")


def spawn(source, _):
    if source.within(*PRODUCT) and not source.within("service/src/process/"):
        yield from in_code(source, SPAWN, "only service/src/process/ starts processes")


def sleeps(source, _):
    if source.is_cpp:
        yield from in_code(source, SLEEP, "wait for the event, not for time to pass")


def by_value(captures):
    names = [name.strip() for name in captures.split(",") if name.strip()]
    return any(not name.startswith("&") and name != "this" for name in names)


def coawait_temporaries(source, _):
    """g++ 12 destroys aggregates and by-value captures that are temporaries of a co_await expression twice."""
    for match in re.finditer(r"\bco_await\b", source.code):
        statement = source.code[match.end():statement_end(source.code, match.end())]
        number = source.code.count("\n", 0, match.start()) + 1
        if AGGREGATE.search(statement):
            yield number, "an aggregate made inside a co_await expression: bind it to a name first"
        if any(by_value(found.group(1)) for found in LAMBDA.finditer(statement)):
            yield number, "a lambda with by-value captures inside a co_await expression: bind it to a name first"


def bool_results(source, _):
    """asio::awaitable makes its result<bool> of what is returned by T(value), and a result converts to bool, explicitly:
    of a result that is const, or an lvalue, it takes whether there is a value, in the place of the value."""
    for match in re.finditer(r"\bawaitable<(?:proto::)?result<bool>>[^;{}]*\{", source.code):
        body = source.code[match.end():block_end(source.code, match.end())]
        for returned in re.finditer(r"\bco_return (\w+);", body):
            name = returned.group(1)
            if name not in ("true", "false") and not re.search(rf"(?<!const )\bauto {name}\b", body):
                number = source.code.count("\n", 0, match.end() + returned.start()) + 1
                yield number, f"{name} would become whether it has a value: return its value or its error"


def markers(source, _):
    if not source.within("tools/lint/"):
        for number, line in enumerate(source.lines, 1):
            if MARKER.search(line):
                yield number, "unfinished work stands in no source"


def machine_paths(source, _):
    if not source.within("tools/lint/"):
        for number, line in enumerate(source.lines, 1):
            if MACHINE_PATH.search(line):
                yield number, "a path of one machine"


def spaces(source, _):
    for number, line in enumerate(source.lines, 1):
        if line != line.rstrip():
            yield number, "spaces at the end of the line"
        if source.is_cpp and "\t" in line:
            yield number, "a tab"
    if source.text and not source.text.endswith("\n"):
        yield len(source.lines), "no newline at the end of the file"


RULES = {
    "file-length": file_length,
    "pragma-once": pragma_once,
    "sans-io": sans_io,
    "layers": layers,
    "sdk-headers": sdk_headers,
    "detached": detached,
    "spawn": spawn,
    "sleeps": sleeps,
    "coawait-temporaries": coawait_temporaries,
    "bool-results": bool_results,
    "markers": markers,
    "machine-paths": machine_paths,
    "spaces": spaces,
}


def allowed(source, rule, number):
    line = source.lines[number - 1] if 0 < number <= len(source.lines) else ""
    return any(match.group("rule") == rule for match in ALLOW.finditer(line))


def check(source, headers):
    """All findings in one file as (line, rule, text)."""
    return sorted((number, rule, text)
                  for rule, find in RULES.items()
                  for number, text in find(source, headers)
                  if not allowed(source, rule, number))


def project_files(top):
    for path in sorted(top.rglob("*")):
        parts = path.relative_to(top).parts
        if any(part in SKIPPED_DIRS or part == "build" or part.startswith("build-") for part in parts[:-1]):
            continue
        if path.is_file() and not path.is_symlink() and path.suffix in TEXT_SUFFIXES:
            yield path


def header_map(paths):
    """What is written in an #include -> the header it names, for every header below an include/ folder."""
    return {path.split("/include/", 1)[1]: path for path in paths if "/include/" in path and path.endswith(".hpp")}


def main():
    top = Path(__file__).resolve().parents[2]
    files = {}
    for path in project_files(top):
        try:
            files[path.relative_to(top).as_posix()] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # binary: the corpus of a test
    headers = header_map(files)
    findings = 0
    for name, text in files.items():
        for number, rule, message in check(Source(name, text), headers):
            print(f"{name}:{number}: [{rule}] {message}")
            findings += 1
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
