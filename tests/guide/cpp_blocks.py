#!/usr/bin/python3
"""Makes a source of each page with C++ blocks: cpp_blocks.py OUT_DIR PAGE... prints the names of the sources.

A block with a main() is a source of its own; any other is the body of a coroutine that has a `client`.
"""

import pathlib
import sys

from fences import blocks

HEAD = """#include <tug/tug.hpp>

#include <boost/asio/awaitable.hpp>

#include <iostream>

namespace guide {{

boost::asio::awaitable<void> {name}([[maybe_unused]] tug::client& client) {{
{body}    co_return;
}}

}} // namespace guide
"""


def sources_of(page):
    name = page.stem.replace("-", "_")
    for number, (language, _, content) in enumerate(blocks(page.read_text())):
        if language != "cpp":
            continue
        own = f"{name}_{number}"
        yield own, content if "int main" in content else HEAD.format(name=own, body=content)


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    made = []
    for page in map(pathlib.Path, sys.argv[2:]):
        for name, text in sources_of(page):
            path = out / f"{name}.cpp"
            if not path.exists() or path.read_text() != text:
                path.write_text(text)
            made.append(str(path))
    print(";".join(made), end="")


if __name__ == "__main__":
    main()
