"""Just enough of C++'s lexis to look at code without its comments and literals."""

import re

TOKEN = re.compile(
    r'(?P<line_comment>//(?:[^\\\n]|\\.)*)'
    r'|(?P<block_comment>/\*.*?\*/)'
    r'|(?P<raw>\bR"(?P<tag>[^()\\\s]*)\(.*?\)(?P=tag)")'
    r'|(?P<string>"(?:[^"\\\n]|\\.)*")'
    r"|(?P<char>(?<![0-9a-fA-F])'(?:[^'\\\n]|\\.)+')"
    r'|(?P<include>^[ \t]*#[ \t]*include[^\n]*)',
    re.DOTALL | re.MULTILINE)


def blank(text):
    """The text with comments, literals and includes turned into spaces; line breaks and columns stay."""
    return TOKEN.sub(lambda match: re.sub(r"[^\n]", " ", match.group(0)), text)


def block_end(code, start):
    """The bracket that closes what surrounds that place."""
    return statement_end(code, start, ends="")


def statement_end(code, start, ends=";"):
    """Where the expression that starts there ends: its `;`, or the bracket that closes what surrounds it."""
    depth = 0
    for position in range(start, len(code)):
        letter = code[position]
        if letter in "([{":
            depth += 1
        elif letter in ")]}":
            if depth == 0:
                return position
            depth -= 1
        elif letter in ends and depth == 0:
            return position
    return len(code)
