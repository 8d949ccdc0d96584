#!/usr/bin/python3
"""The recipes of deploy/ for vcpkg and Conan, as far as they can be checked without these tools, which Debian has not.

usage: recipes_test.py BUILD_DIR. Both name the version of the project; what they hand to the build is enough for it to be
configured, with the options that they give; and each library of Boost that the public headers include is named.
"""

import ast
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PORT = SOURCE / "deploy" / "vcpkg" / "ports" / "tug"
RECIPE = SOURCE / "deploy" / "conan" / "conanfile.py"


# The functions of vcpkg that the portfile calls: they say what they were told.
STUBS = """
set(CURRENT_PORT_DIR "{port}")
set(CURRENT_PACKAGES_DIR "{out}")
set(CMAKE_CURRENT_LIST_DIR "{port}")
set(PORT tug)
function(vcpkg_cmake_configure)
    cmake_parse_arguments(asked "" "SOURCE_PATH" "OPTIONS" ${{ARGN}})
    message(STATUS "configure ${{asked_SOURCE_PATH}} ${{asked_OPTIONS}}")
endfunction()
foreach(name vcpkg_cmake_install vcpkg_cmake_config_fixup vcpkg_fixup_pkgconfig vcpkg_install_copyright)
    cmake_language(EVAL CODE "function(${{name}})\\nmessage(STATUS \\"${{name}} \\${{ARGN}}\\")\\nendfunction()")
endforeach()
include("{port}/portfile.cmake")
"""


def fail(text):
    raise SystemExit(text)


def project_version():
    return re.search(r"^project\(tug VERSION ([\d.]+)", (SOURCE / "CMakeLists.txt").read_text(), re.M)[1]


def recipe_values():
    """The plain values of the recipe's class, and what it copies: (folders, files)."""
    tree = ast.parse(RECIPE.read_text())
    recipe = next(n for n in tree.body if isinstance(n, ast.ClassDef))
    values = {n.targets[0].id: ast.literal_eval(n.value) for n in recipe.body if isinstance(n, ast.Assign)}
    copies = next(n for n in recipe.body if isinstance(n, ast.FunctionDef) and n.name == "export_sources")
    folders, files = (ast.literal_eval(n.iter) for n in copies.body if isinstance(n, ast.For))
    return values, folders, files


def told_by_port(directory):
    script = directory / "port.cmake"
    script.write_text(STUBS.format(port=PORT, out=directory / "packages"))
    done = subprocess.run(["cmake", "-P", script], capture_output=True, text=True)
    if done.returncode != 0:
        fail(f"the portfile ended with {done.returncode}:\n{done.stderr}")
    return [line.removeprefix("-- ") for line in done.stdout.splitlines()]


def configure(source, build, options):
    """Ninja also finds sources that are named and not there."""
    for words in (["cmake", "-S", source, "-B", build, "-G", "Ninja", *options], ["ninja", "-C", build, "-n"]):
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode != 0:
            fail(f"{words} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def boost_of_public_headers():
    found = set()
    for folder in ("client-sdk/include", "proto/include", "proto/net/include", "proto/os/include"):
        for header in (SOURCE / folder).rglob("*.hpp"):
            found.update(re.findall(r"#include <boost/([a-z_]+)", header.read_text()))
    return found


def main():
    version = project_version()
    port = json.loads((PORT / "vcpkg.json").read_text())
    values, folders, files = recipe_values()
    if (port["version"], values["version"]) != (version, version):
        fail(f"the project is {version}, the port {port['version']}, the recipe {values['version']}")
    names = {d if isinstance(d, str) else d["name"] for d in port["dependencies"]}
    if missing := {f"boost-{lib.replace('_', '-')}" for lib in boost_of_public_headers()} - names:
        fail(f"the port does not name {', '.join(sorted(missing))}")
    with tempfile.TemporaryDirectory(prefix="tug-recipes-") as name:
        directory = pathlib.Path(name)
        told = told_by_port(directory)
        if not told[0].startswith(f"configure {SOURCE} ") or "vcpkg_cmake_install " not in told:
            fail(f"the portfile builds something else: {told}")
        sources = directory / "sources"
        sources.mkdir()
        for folder in folders:
            shutil.copytree(SOURCE / folder, sources / folder)
        for file in files:
            shutil.copy(SOURCE / file, sources / file)
        configure(sources, directory / "build", told[0].split()[-1].split(";"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
