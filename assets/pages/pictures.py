"""Pictures on pages of the UI: bars as an image within markdown, which Dagster shows in place.

Lives here: drawing. Not here: what is counted. Dagster 1.13.27 shows an SVG as an image of a `data:` address and strips
one that stands in the text itself; it keeps three copies of each picture, so that they are small.
"""

import base64
from collections.abc import Mapping
from decimal import Decimal
from html import escape

import dagster as dg

WIDTH, LINE, LONGEST, LEFT = 480, 22, 220, 190
BLUE = "#4f43dd"


def dot(colour: str, name: str) -> str:
    """A coloured dot as markdown, with a name for who cannot see it: fonts of servers have no coloured letters."""
    drawn = f'<circle cx="6" cy="6" r="5" fill="{colour}"/>'
    return _image(drawn, 12, 12, name)


def bars(title: str, counts: Mapping[str, int] | Mapping[str, int | Decimal]) -> dg.MarkdownMetadataValue:
    """A bar for each count, in their order."""
    most = max([0, *counts.values()]) or 1
    drawn = "".join(_bar(place, name, count, most) for place, (name, count) in enumerate(counts.items()))
    told = ", ".join(f"{name} {_written(count)}" for name, count in counts.items())
    return dg.MetadataValue.md(_image(drawn, WIDTH, LINE * max(1, len(counts)), f"{title}: {told}"))


def _bar(place: int, name: str, count: int | Decimal, most: int | Decimal) -> str:
    length, top = max(1, round(LONGEST * count / most)), place * LINE
    return (
        f'<text x="{LEFT - 6}" y="{top + 15}" text-anchor="end">{escape(name)}</text>'
        f'<rect x="{LEFT}" y="{top + 3}" width="{length}" height="{LINE - 6}" fill="{BLUE}"/>'
        f'<text x="{LEFT + length + 6}" y="{top + 15}">{_written(count)}</text>'
    )


def _written(number: int | Decimal) -> str:
    """With thousands; money with its cents, and a third decimal where there is one."""
    is_money = isinstance(number, Decimal) and number == round(number, 2)
    return f"{number:,.2f}" if is_money else f"{number:,}"


def _image(drawn: str, width: int, height: int, name: str) -> str:
    grey = 'font-family="sans-serif" font-size="12" fill="#888"'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" {grey}>{drawn}</svg>'
    return f"![{name}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"
