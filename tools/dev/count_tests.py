"""Prints `passed failed skipped` of a JUnit report written by ctest. No report, or one without tests, is one failure."""

import sys
import xml.etree.ElementTree as ElementTree


def counts(path):
    try:
        suite = ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError):
        return 0, 1, 0
    total, failed, skipped = (int(suite.get(name, "0")) for name in ("tests", "failures", "skipped"))
    skipped += int(suite.get("disabled", "0"))
    return (total - failed - skipped, failed, skipped) if total else (0, 1, 0)


if __name__ == "__main__":
    print(*counts(sys.argv[1]))
