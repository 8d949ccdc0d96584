#!/usr/bin/env python3
"""Manual pages, from what the programs themselves say with --help, so that no flag is missing.

usage: man_pages.py BIN_DIR SOURCE_DIR OUT_DIR SCDOC

Writes OUT_DIR/manSECTION/NAME.SECTION.gz; SCDOC is the program that makes roff of it.

SOURCE_DIR has NAME.SECTION.scd with lines `@OPTIONS tugd@` or `@OPTIONS tug exec@`, in whose place the options of that
command come. Each command of tug that has no page of its own gets one, tug-COMMAND(1).
"""
import gzip
import pathlib
import re
import subprocess
import sys

special = re.compile(r"([\\*_<>#\[\]~`|+])")


def escaped(text):
    """Text that scdoc takes for nothing else."""
    return special.sub(r"\\\1", text)


def help_of(bin_dir, command):
    words = [str(bin_dir / command[0]), *command[1:], "--help"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, env={"COLUMNS": "100"})
    return done.stdout


def sections(text):
    """(title, [(item, description)]) of what CLI11 prints: an item begins two columns in, its description at thirty."""
    title, items = None, []
    for line in text.splitlines():
        if re.fullmatch(r"\S.*:", line):
            if title and items:
                yield title, items
            title, items = line[:-1], []
        elif line.startswith(" " * 6):
            if items:
                name, about = items[-1]
                items[-1] = (name, (about + " " + line.strip()).strip())
        elif match := re.match(r"  (\S.*?)(?:\s{2,}(\S.*))?$", line):
            name, about = match[1], match[2] or ""
            # A name as long as its column leaves one blank before the description.
            if not about and (tail := re.match(r"(.*\(Env:\w+\)) (\S.*)", name)):
                name, about = tail[1], tail[2]
            items.append((name, about))
    if title and items:
        yield title, items


def sentence(text):
    text = escaped(text if text.endswith(".") else text + ".")
    return "\\" + text if text[0] in "-[" else text  # no list, and no table


def options(text):
    out = []
    for title, items in sections(text):
        flags = [(name, about) for name, about in items if name.startswith("-")]
        if flags and title != "Options":
            out.append(f"## {escaped(title)}\n")
        for name, about in flags:
            flag, _, rest = name.partition(" ")
            variable = re.search(r"\(Env:(\w+)\)", rest)
            rest = re.sub(r"\s*\(Env:\w+\)", "", rest).replace("=[]", "").strip()
            head = f"*{escaped(flag.replace(',', ', '))}*" + (f" {escaped(rest)}" if rest else "")
            more = f" Environment: {escaped(variable[1])}." if variable else ""
            out.append(f"{head}\n\t{sentence(about)}{more}\n")
    return "\n".join(out)


def subcommands(text):
    """The commands of `tug --help`, which stand there in groups."""
    for title, items in sections(text):
        if title not in ("Options", "Positionals"):
            yield from items


def examples_of(bin_dir, name):
    """What `tug help NAME` begins with, as a section; empty where it has no examples."""
    done = subprocess.run([bin_dir / "tug", "help", *name.split()], capture_output=True, text=True, check=True)
    head, _, _ = done.stdout.partition("\n\n")
    if not head.startswith("Examples:\n"):
        return ""
    lines = [re.split(r"\s{2,}", line.strip()) for line in head.splitlines()[1:]]
    return "# EXAMPLES\n\n" + "\n".join(f"{sentence(what[0].upper() + what[1:])}\n\n```\n{line}\n```\n" for line, what in lines)


def page_of_command(bin_dir, name, about):
    text = help_of(bin_dir, ["tug", *name.split()])
    page = f"tug-{name.replace(' ', '-')}"
    usage = next((l[len("Usage: "):] for l in text.splitlines() if l.startswith("Usage: ")), f"tug {name}")
    return f"""{page}(1)

# NAME

{page} - {escaped(about.split(':')[0].rstrip('.').lower())}

# SYNOPSIS

{escaped(usage)}

# DESCRIPTION

{sentence(about)}

{examples_of(bin_dir, name)}
# OPTIONS

{options(text)}
# SEE ALSO

*tug*(1)
"""


def write_page(out, scdoc, name, text):
    """NAME.SECTION, compressed without a time, so that the same text gives the same file."""
    roff = subprocess.run([scdoc], input=text, capture_output=True, text=True, check=True).stdout
    # scdoc dates a page with the day of its making.
    roff = re.sub(r'^(\.TH "\S+" "\d") "[^"]*"', r'\1 ""', roff, flags=re.M)
    folder = out / f"man{name[-1]}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.gz").write_bytes(gzip.compress(roff.encode(), mtime=0))


def main():
    bin_dir, source, out, scdoc = (pathlib.Path(a) for a in sys.argv[1:5])
    made = set()

    def filled(match):
        command = match[1].split()
        if not (bin_dir / command[0]).exists():  # it was left out of the build
            return f"See *{escaped(' '.join(command))} --help*.\n"
        return options(help_of(bin_dir, command))

    for page in sorted(source.glob("*.scd")):
        text = re.sub(r"@OPTIONS ([\w -]+)@", filled, page.read_text())
        write_page(out, scdoc, page.stem, text)
        made.add(page.stem)
    for name, about in subcommands(help_of(bin_dir, ["tug"])):
        page = f"tug-{name.replace(' ', '-')}.1"
        if page not in made:
            write_page(out, scdoc, page, page_of_command(bin_dir, name, about))


if __name__ == "__main__":
    main()
