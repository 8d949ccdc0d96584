#!/usr/bin/env python3
"""Draws what the simulation of a pool says: pool_plot.py FIGURES.csv OUT.svg, where

    TUG_POOL_CSV=FIGURES.csv build/bin/tug_unit_tests --run_test=pool_simulation_test

has written the figures. One panel a figure, over the seconds of the simulation."""

import csv
import sys

from plot import FAINT, PEER_COLOUR, TUG_COLOUR, figure, text

WIDTH, LEFT, RIGHT, PANEL, GAP = 860, 70, 24, 120, 46
PANELS = [("up", "hosts that are connected"), ("most", "calls in flight on the host that has most (one a host is even)"),
          ("repeated", "calls made again on another host, in 250 ms"), ("waited", "times a call found no host, in 250 ms")]
EVENTS = [(10, "half of the hosts die"), (15, "they are back")]


def draw_panel(rows, name, title, top):
    """The line of one figure, with its highest value and what happened when."""
    times = [float(r["seconds"]) for r in rows]
    values = [float(r[name]) for r in rows]
    most, end = max(max(values), 1), max(times)

    def x(seconds):
        return LEFT + seconds / end * (WIDTH - LEFT - RIGHT)

    def y(value):
        return top + PANEL - value / most * (PANEL - 10)

    points = " ".join(f"{x(t):.1f},{y(v):.1f}" for t, v in zip(times, values))
    out = [text(LEFT, top - 6, title, 13, weight="bold"),
           f'<line x1="{LEFT}" y1="{top + PANEL}" x2="{WIDTH - RIGHT}" y2="{top + PANEL}" stroke="{PEER_COLOUR}"/>',
           text(LEFT - 8, y(most) + 4, figure(most), 12, FAINT, "end"), text(LEFT - 8, top + PANEL, "0", 12, FAINT, "end")]
    for when, what in EVENTS:
        out.append(f'<line x1="{x(when):.1f}" y1="{top}" x2="{x(when):.1f}" y2="{top + PANEL}" stroke="{PEER_COLOUR}" '
                   f'stroke-dasharray="3 3"/>')
        out.append(text(x(when) + 4, top + 12, what, 11, FAINT))
    out.append(f'<polyline fill="none" stroke="{TUG_COLOUR}" stroke-width="1.6" points="{points}"/>')
    return out


def main():
    with open(sys.argv[1], encoding="ascii") as f:
        rows = list(csv.DictReader(f))
    title = "A pool of 10,000 hosts, 10,000 calls of 1 s on average a second (simulation, virtual time)"
    body, top = [text(16, 26, title, 16, weight="bold")], 64
    for name, what in PANELS:
        body += draw_panel(rows, name, what, top)
        top += PANEL + GAP
    for seconds in range(0, 31, 5):
        x = LEFT + seconds / 30 * (WIDTH - LEFT - RIGHT)
        body.append(text(x, top - 24, f"{seconds} s", 12, FAINT, "middle"))
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" height="{top}" '
            f'font-family="system-ui, sans-serif" role="img" aria-label="{title}">')
    with open(sys.argv[2], "w", encoding="ascii") as f:
        f.write("\n".join([head, f'<rect width="{WIDTH}" height="{top}" fill="#ffffff"/>', *body, "</svg>\n"]))


if __name__ == "__main__":
    main()
