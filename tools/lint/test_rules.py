#!/usr/bin/env python3
"""Each rule finds what it is there for, and leaves the good form alone."""

import sys
import unittest

sys.dont_write_bytecode = True  # the checkout stays as it is

from cpp_text import blank
from rules import RULES, Source, check

HEADERS = {
    "tug/proto/error.hpp": "proto/include/tug/proto/error.hpp",
    "tug/proto/stream.hpp": "proto/include/tug/proto/stream.hpp",
    "tug/os/errno.hpp": "proto/os/include/tug/os/errno.hpp",
    "tug/net/framed.hpp": "proto/net/include/tug/net/framed.hpp",
    "tug/service/server.hpp": "service/include/tug/service/server.hpp",
    "tug/client.hpp": "client-sdk/include/tug/client.hpp",
}
MARKER = "TO" + "DO"

# rule, path, text that breaks it, text that does not
CASES = [
    ("file-length", "cli/a.cpp", "int a;\n" * 401, "int a;\n" * 400),
    ("pragma-once", "cli/a.hpp", "int a;\n", "#pragma once\nint a;\n"),
    ("sans-io", "proto/src/a.cpp", "#include <boost/asio/buffer.hpp>\n", "#include <boost/json/value.hpp>\n"),
    ("sans-io", "proto/include/tug/proto/a.hpp", "#pragma once\n#include <chrono>\n", "#pragma once\n#include <string>\n"),
    ("sans-io", "proto/src/a.cpp", "#include <unistd.h>\n", "// not <unistd.h>\n"),
    ("layers", "proto/src/a.cpp", '#include "tug/net/framed.hpp"\n', '#include "tug/proto/error.hpp"\n'),
    ("layers", "proto/src/a.cpp", '#include "tug/os/errno.hpp"\n', '#include "tug/proto/error.hpp"\n'),
    ("layers", "proto/os/src/a.cpp", "#include <boost/asio/buffer.hpp>\n", '#include "tug/proto/error.hpp"\n'),
    ("layers", "proto/os/src/a.cpp", '#include "tug/net/framed.hpp"\n', "#include <fcntl.h>\n"),
    ("layers", "service/src/a.cpp", '#include "tug/client.hpp"\n', '#include "tug/net/framed.hpp"\n'),
    ("layers", "client-sdk/src/a.cpp", '#include "tug/service/server.hpp"\n', '#include "tug/client.hpp"\n'),
    ("layers", "cli/a.cpp", '#include "tug/proto/error.hpp"\n', '#include "tug/client.hpp"\n'),
    ("sdk-headers", "client-sdk/include/tug/a.hpp", "#pragma once\n#include <tug/proto/stream.hpp>\n",
     "#pragma once\n#include <tug/proto/error.hpp>\n#include <tug/client.hpp>\n"),
    ("sdk-headers", "client-sdk/include/tug/a.hpp", '#pragma once\n#include "tug/os/errno.hpp"\n', "#pragma once\n"),
    ("detached", "service/src/a.cpp", "co_spawn(ex, f(), asio::detached);\n", "// never detached\nint a;\n"),
    ("spawn", "service/src/a.cpp", "auto p = ::fork();\n", "auto p = client.system(1);\n"),
    ("spawn", "cli/a.cpp", "execvp(a, b);\n", 'log("execvp(a, b)");\n'),
    ("sleeps", "tests/unit/a.cpp", "std::this_thread::sleep_for(1s);\n", "timer.async_wait(f);\n"),
    ("coawait-temporaries", "service/src/a.cpp", "co_await f({.a = 1});\n", "options o{.a = 1};\nco_await f(o);\n"),
    ("coawait-temporaries", "service/src/a.cpp", "co_await f(options{.a = 1});\n", "co_await f(a.b);\n"),
    ("coawait-temporaries", "service/src/a.cpp", "co_await run(\n    [text] { return 1; });\n", "co_await run([&] { return 1; });\n"),
    ("coawait-temporaries", "service/src/a.cpp", "co_await run([&a, b](int) {});\n", "co_await g(v[1]);\nauto f = [b](int) {};\n"),
    ("bool-results", "service/src/a.cpp", "awaitable<proto::result<bool>> f() {\n    const auto a = g();\n    co_return a;\n}\n",
     "awaitable<proto::result<bool>> f() {\n    auto a = g();\n    if (!a) co_return a;\n    co_return true;\n}\n"),
    ("bool-results", "service/src/a.cpp", "awaitable<result<bool>> t::f() {\n    if (a) { b(); }\n    co_return a_;\n}\n",
     "awaitable<result<int>> t::f() {\n    co_return a_;\n}\n"),
    ("markers", "cli/a.cpp", f"// {MARKER} later\n", "// todo lists are fine\n"),
    ("machine-paths", "README.md", "see /home/me/x\n", "see /srv/x\n"),
    ("spaces", "README.md", "a \n", "a\n"),
    ("spaces", "cli/a.cpp", "\tint a;\n", "    int a;\n"),
    ("spaces", "README.md", "a", "a\n"),
]


class Rules(unittest.TestCase):
    def found(self, path, text):
        return {rule for _, rule, _ in check(Source(path, text), HEADERS)}

    def test_bad_is_found_and_good_is_not(self):
        for rule, path, bad, good in CASES:
            with self.subTest(rule=rule, text=bad):
                self.assertIn(rule, self.found(path, bad))
                self.assertNotIn(rule, self.found(path, good))

    def test_every_rule_has_a_case(self):
        self.assertEqual(set(RULES), {case[0] for case in CASES})

    def test_a_named_exception_is_respected(self):
        line = "auto p = ::fork(); // lint-allow(spawn): a test of the rules\n"
        self.assertNotIn("spawn", self.found("cli/a.cpp", line))
        self.assertIn("spawn", self.found("cli/a.cpp", line.replace("(spawn)", "(sleeps)")))

    def test_the_line_is_the_one_of_the_finding(self):
        source = Source("cli/a.cpp", 'auto a = R"(\n;)";\nco_await f({.b = 1});\n')
        self.assertEqual([(3, "coawait-temporaries")], [found[:2] for found in check(source, HEADERS)])

    def test_blank_keeps_the_shape(self):
        text = "int a = 1'000; // x\nchar b = '\"'; /* y\n z */ auto c = \"//\";\n"
        self.assertEqual([len(line) for line in text.splitlines()], [len(line) for line in blank(text).splitlines()])
        self.assertIn("auto c =", blank(text))
        self.assertNotIn("z", blank(text))


if __name__ == "__main__":
    outcome = unittest.main(argv=[sys.argv[0]], exit=False, verbosity=0).result
    sys.exit(0 if outcome.wasSuccessful() else 1)
