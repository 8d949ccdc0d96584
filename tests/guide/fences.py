"""The fenced blocks of a page."""

import re

FENCE = re.compile(r"^```(\w*) ?(\w*)\n(.*?)^```$", re.M | re.S)


def blocks(text):
    """(language, word behind it, content) of each."""
    return [match.groups() for match in FENCE.finditer(text)]
