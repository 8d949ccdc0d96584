"""Curves over a logarithmic axis as an SVG, without a library: the median of all runs of each point, and between which figures they were."""

import math
import statistics

from plot import FAINT, PEER_COLOUR, TUG_COLOUR, figure, text

WIDTH, LEFT, RIGHT, PANEL, GAP, HEAD = 860, 80, 40, 130, 62, 66


class Panel:
    """Where the points of one curve are."""

    def __init__(self, points, top):
        self.points, self.top = sorted(points.items()), top
        xs = [x for x, _ in self.points]
        self.first, self.last = math.log10(xs[0]), math.log10(max(xs[-1], xs[0] + 1))
        self.most = max(max(ys) for _, ys in self.points) or 1

    def across(self, x):
        return LEFT + (math.log10(x) - self.first) / (self.last - self.first) * (WIDTH - LEFT - RIGHT)

    def up(self, y):
        return self.top + PANEL - y / self.most * (PANEL - 24)

    def draw(self, title, axis):
        bottom = self.top + PANEL
        out = [text(LEFT, self.top - 8, title, 13, weight="bold"), text(WIDTH - RIGHT, bottom + 32, axis, 12, FAINT, "end"),
               f'<line x1="{LEFT}" y1="{bottom}" x2="{WIDTH - RIGHT}" y2="{bottom}" stroke="{PEER_COLOUR}"/>',
               text(LEFT - 8, bottom, "0", 12, FAINT, "end")]
        line = " ".join(f"{self.across(x):.1f},{self.up(statistics.median(ys)):.1f}" for x, ys in self.points)
        out.append(f'<polyline fill="none" stroke="{TUG_COLOUR}" stroke-width="1.6" points="{line}"/>')
        for x, ys in self.points:
            middle, at = statistics.median(ys), f"{self.across(x):.1f}"
            out.append(f'<line x1="{at}" y1="{self.up(min(ys)):.1f}" x2="{at}" y2="{self.up(max(ys)):.1f}" stroke="{TUG_COLOUR}" '
                       'stroke-width="4" stroke-opacity="0.25"/>')
            out.append(f'<circle cx="{at}" cy="{self.up(middle):.1f}" r="2.5" fill="{TUG_COLOUR}"/>')
            out.append(text(at, f"{self.up(max(ys)) - 7:.1f}", figure(middle), 11, FAINT, "middle"))
            out.append(text(at, bottom + 16, f"{x:,}", 11, FAINT, "middle"))
        return out


def svg(title, panels, curves):
    """`panels`: (curve, title, axis); `curves`: for each curve the figures of all runs by x."""
    body, top = [text(16, 26, title, 16, weight="bold")], HEAD
    for name, words, axis in panels:
        if len(curves.get(name, {})) < 2:
            continue
        body += Panel(curves[name], top).draw(words, axis)
        top += PANEL + GAP
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" height="{top}" '
            f'font-family="system-ui, sans-serif" role="img" aria-label="{title}">')
    return "\n".join([head, f'<rect width="{WIDTH}" height="{top}" fill="#ffffff"/>', *body, "</svg>\n"])
