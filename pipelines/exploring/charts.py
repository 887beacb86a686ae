"""Bars as SVG: no library, no script, no network.

Lives here: drawing. Not here: what is drawn (`pictures.py`). A chart has its numbers beside it in a table; its name and
what it shows are told to who does not see it, and each bar tells its number.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from html import escape

COLOURS = ("#3b6fb6", "#d98032", "#4f9a5b", "#8e63b0", "#c25555", "#7a7a7a")
"""Told apart in light and dark, and by most who are colour-blind; sources beyond the fifth share the last."""

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 960, 260, 84, 24, 14, 34
MOST_LABELS = 12
WIDEST = 96
"""So that a single bar is one, and no wall."""

Number = Decimal | int


def stacked_bars(name: str, places: Sequence[str], series: Mapping[str, Sequence[Number]], unit: str = "") -> str:
    """A bar for each place, of the parts that the series give it, none below zero; an empty text where there is none.

    Args:
        name: What the chart shows, for a heading and for who does not see it.
        places: Along the bottom, in order.
        series: For each name in the legend a number for each place.
        unit: Stands behind each number.
    """
    totals = [sum((values[at] for values in series.values()), Decimal(0)) for at in range(len(places))]
    highest = max(totals, default=Decimal(0))
    if highest <= 0:
        return ""
    step = min((WIDTH - LEFT - RIGHT) / len(places), WIDEST)
    bars = "".join(
        _column(at * step + LEFT, step * 0.8, place, {key: values[at] for key, values in series.items()}, highest, unit)
        for at, place in enumerate(places)
    )
    every = -(-len(places) // MOST_LABELS)
    labels = "".join(
        f'<text x="{at * step + LEFT + step * 0.4:.1f}" y="{HEIGHT - 12}" text-anchor="middle">{escape(place)}</text>'
        for at, place in enumerate(places)
        if at % every == 0
    )
    return (
        f'<figure style="margin:0"><figcaption><strong>{escape(name)}</strong> {_legend(list(series))}</figcaption>'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(name)}" fill="currentColor" '
        f'font-size="12" style="width:100%;max-width:{WIDTH}px">{_scale(highest, unit)}{bars}{labels}</svg></figure>'
    )


def _column(x: float, width: float, place: str, parts: Mapping[str, Number], highest: Number, unit: str) -> str:
    drawn, base = "", float(HEIGHT - BOTTOM)
    for number, (key, value) in enumerate(parts.items()):
        height = float(value / highest) * (HEIGHT - TOP - BOTTOM)
        base -= height
        told = escape(f"{place}, {key}: {value:,} {unit}".rstrip())
        colour = COLOURS[min(number, len(COLOURS) - 1)]
        drawn += f'<rect x="{x:.1f}" y="{base:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}">'
        drawn += f"<title>{told}</title></rect>"
    return drawn


def _scale(highest: Number, unit: str) -> str:
    """Lines at nothing, the half and the highest, with their numbers."""
    drawn = ""
    for share in (Decimal(0), Decimal("0.5"), Decimal(1)):
        y = HEIGHT - BOTTOM - float(share) * (HEIGHT - TOP - BOTTOM)
        told = f"{(share * highest).quantize(Decimal(1)):,}"
        drawn += f'<line x1="{LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="currentColor" opacity=".25"/>'
        drawn += f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{escape(f"{told} {unit}".rstrip())}</text>'
    return drawn


def _legend(names: Sequence[str]) -> str:
    return " ".join(
        f'<span style="white-space:nowrap"><span style="color:{COLOURS[min(at, len(COLOURS) - 1)]}">■</span> '
        f"{escape(name)}</span>"
        for at, name in enumerate(names)
    )
