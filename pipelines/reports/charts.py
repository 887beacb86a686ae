"""Small charts as plain shapes, which the templates draw: where each bar stands, how long it is, what stands beside it.

Lives here: the geometry, in units of the drawing. Not here: drawing (`pages/macros.html.jinja`), the numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

WIDTH = 520
LINE, THICK = 26, 16
SMALL, CAPITAL = 7.8, 9.6
"""About the widths of letters at 13 pixels, in the wider fonts that a page may be shown in."""

LEAST = 2
"""A bar that stands for anything is to be seen."""

TALL, TOP, BELOW = 120, 20, 22


class Amount(NamedTuple):
    """What a bar stands for: its name, the number, the number as it is written, its kind, which gives its colour."""

    label: str
    number: int | Decimal
    value: str
    kind: str


@dataclass(frozen=True)
class Bar:
    """A bar, and where its texts stand; in a chart of columns not every one has its texts shown."""

    label: str
    value: str
    kind: str
    x: float
    y: float
    width: float
    height: float
    text_y: float
    value_x: float = 0
    text_x: float = 0
    value_y: float = 0
    anchor: str = "middle"
    is_labelled: bool = True
    is_highest: bool = False


@dataclass(frozen=True)
class Chart:
    """Bars with a title; `told` says in words what they show, `base` is where columns stand."""

    title: str
    told: str
    bars: tuple[Bar, ...]
    width: float
    height: float
    base: float = 0


def bar_chart(title: str, amounts: Sequence[Amount]) -> Chart:
    """Bars below each other, each between its name and its number."""
    left = max(_width(amount.label) for amount in amounts) + 10
    right = max(_width(amount.value) for amount in amounts) + 12
    most = max(amount.number for amount in amounts) or 1
    bars = []
    for place, amount in enumerate(amounts):
        width = _length(amount.number, most, max(WIDTH - left - right, 60))
        y = place * LINE
        bars.append(
            Bar(
                *(amount.label, amount.value, amount.kind),
                *(round(left, 1), y + (LINE - THICK) / 2, width, THICK),
                text_y=y + LINE / 2 + 5,
                value_x=round(left + width + 6, 1),
            )
        )
    return Chart(title, _told(title, amounts), tuple(bars), max(WIDTH, round(left + right + 60)), len(bars) * LINE)


def column_chart(title: str, amounts: Sequence[Amount]) -> Chart:
    """Columns side by side, in the order of time; the first, the last and the highest have their texts."""
    most = max(amount.number for amount in amounts)
    step = WIDTH / len(amounts)
    highest = max(range(len(amounts)), key=lambda place: amounts[place].number)
    bars = []
    for place, amount in enumerate(amounts):
        height = _length(max(amount.number, 0), most or 1, TALL)
        middle = (place + 0.5) * step
        side = "start" if middle < WIDTH / 5 else "end" if middle > WIDTH * 4 / 5 else "middle"
        edge = {"start": place * step, "end": (place + 1) * step, "middle": middle}[side]
        bars.append(
            Bar(
                *(amount.label, amount.value, amount.kind),
                *(round(place * step + step * 0.1, 1), round(TOP + TALL - height, 1), round(step * 0.8, 1), height),
                text_y=TOP + TALL + BELOW - 6,
                text_x=round(edge, 1),
                value_y=round(TOP + TALL - height - 5, 1),
                anchor=side,
                is_labelled=place in (0, len(amounts) - 1),
                is_highest=place == highest,
            )
        )
    return Chart(title, _told(title, amounts), tuple(bars), WIDTH, TOP + TALL + BELOW, TOP + TALL)


def _length(number: int | Decimal, most: int | Decimal, whole: float) -> float:
    if number <= 0 or most <= 0:
        return 0
    return round(max(LEAST, float(number / most) * whole), 1)


def _width(text: str) -> float:
    return sum(CAPITAL if sign.isupper() or sign == "_" else SMALL for sign in text)


def _told(title: str, amounts: Sequence[Amount]) -> str:
    return f"{title}: " + "; ".join(f"{amount.label} {amount.value}" for amount in amounts)
