"""One SVG of horizontal bars for a group of works. No library: a bar is a rectangle."""

from html import escape

from results import TUG

WIDTH, LABEL, BAR, ROW, TITLE, GAP = 860, 210, 430, 22, 30, 14
TUG_COLOUR, PEER_COLOUR, LIMIT_COLOUR, INK, FAINT = "#1f6feb", "#b8c0cc", "#7d8794", "#1f2328", "#656d76"


def figure(value):
    """Three digits that matter; thousands apart."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def text(x, y, words, size=13, colour=INK, anchor="start", weight="normal"):
    return (f'<text x="{x}" y="{y}" font-size="{size}" fill="{colour}" text-anchor="{anchor}" '
            f'font-weight="{weight}">{escape(words)}</text>')


def colour_of(name):
    if name.startswith(TUG):
        return TUG_COLOUR
    return LIMIT_COLOUR if name.startswith(("raw", "posix")) else PEER_COLOUR


def draw_work(work, top):
    """The bars of one work, the best one on top; gives them and where they end."""
    out = [text(16, top + 18, f"{work.title}", 14, weight="bold"),
           text(WIDTH - 16, top + 18, f"{work.unit}, {'more' if work.higher_is_better else 'less'} is better", 12,
                FAINT, "end")]
    y = top + TITLE
    most = max((e.value for e in work.entries.values()), default=0) or 1
    for e in sorted(work.entries.values(), key=lambda e: e.value, reverse=work.higher_is_better):
        own = e.name.startswith(TUG)
        length = max(2, e.value / most * BAR)
        out.append(text(LABEL - 8, y + 14, e.name, anchor="end", weight="bold" if own else "normal"))
        out.append(f'<rect x="{LABEL}" y="{y + 2}" width="{length:.1f}" height="{ROW - 6}" rx="2" '
                   f'fill="{colour_of(e.name)}"/>')
        ratio = work.ratio(e.name)
        label = figure(e.value) + (f"   (tug: {ratio:.2f} x)" if ratio and e.name != TUG else "")
        out.append(text(LABEL + length + 8, y + 14, label, 12, FAINT))
        y += ROW
    return out, y + GAP


def svg(title, works):
    body, y = [text(16, 26, title, 17, weight="bold")], 40
    for work in works:
        drawn, y = draw_work(work, y)
        body += drawn
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" height="{y}" '
            f'font-family="system-ui, sans-serif" role="img" aria-label="{escape(title)}">')
    return "\n".join([head, f'<rect width="{WIDTH}" height="{y}" fill="#ffffff"/>', *body, "</svg>\n"])
