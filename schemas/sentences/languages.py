"""What writing a sentence needs to know of a language: its quotes, its numbers, its plural forms.

Lives here: the three languages that senders are told things in. Not here: the sentences (`schemas/messages.csv`),
filling them (`template.py`), reading what senders write (`pipelines/language/languages.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

IN_TABLES = "en"
"""What stands in tables for analysts, and what commands say, is English, as the names of columns are: one language
whatever source a customer comes from, so that a rebuild gives the same text as the imports did (decision 39)."""


@dataclass(frozen=True)
class Language:
    """How one language writes values and counts.

    `least_grouped`: the smallest number whose thousands are set apart. `forms`: the plural forms of whole numbers, by
    their names in CLDR; `form_of`: which of them a number takes.
    """

    opening: str
    closing: str
    thousands: str
    decimal: str
    least_grouped: int
    forms: tuple[str, ...]
    form_of: Callable[[int], str]

    def quoted(self, text: str) -> str:
        """A text in the quotation marks of the language."""
        return f"{self.opening}{text}{self.closing}"

    def number(self, number: int | Decimal, sign: str = "") -> str:
        """A number with its thousands and decimals as the language writes them; `sign`: `+` to show it always."""
        # Polish sets apart from five digits on, French and English from four.
        is_grouped = not -self.least_grouped < number < self.least_grouped
        how = sign + ("," if is_grouped else "") + ("d" if isinstance(number, int) else "f")
        return self.decimal.join(part.replace(",", self.thousands) for part in f"{number:{how}}".split("."))


def _english(count: int) -> str:
    return "one" if count == 1 else "other"


def _french(count: int) -> str:
    # CLDR: in French zero is singular.
    return "one" if count in (0, 1) else "other"


def _polish(count: int) -> str:
    if count == 1:
        return "one"
    # CLDR: 2–4, 22–24 … but not 12–14.
    return "few" if count % 10 in (2, 3, 4) and count % 100 not in (12, 13, 14) else "many"


ENGLISH = Language("“", "”", ",", ".", 1_000, ("one", "other"), _english)
# The narrow no-break space stands within the quotes and between thousands, so that a line never breaks there.
FRENCH = Language("«\u202f", "\u202f»", "\u202f", ",", 1_000, ("one", "other"), _french)
POLISH = Language("„", "”", "\u00a0", ",", 10_000, ("one", "few", "many"), _polish)
WRITTEN = {"en": ENGLISH, "fr": FRENCH, "pl": POLISH}
"""By hand, for Babel takes longer to load than a command that only reads may; a test holds the forms to its rules."""
