"""How numbers, money, days and instants are written for people, in the languages that senders are told things in.

Lives here: writing with Babel's data. Not here: reading what senders write (`languages.py`), sentences
(`schemas/sentences/`). `babel.dates` is left alone: importing it costs 10 ms of CPU, more than the page of an import,
and days are written alike in these languages, with the names of months that CLDR has.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache

from babel import Locale
from babel.numbers import format_currency, format_decimal, format_percent

from schemas.currencies import decimals_of

THOUSAND = 1_000


@dataclass(frozen=True)
class Formats:
    """How one language writes values."""

    locale: Locale

    def number(self, number: int | Decimal) -> str:
        """A number with its thousands set apart."""
        return format_decimal(number, locale=self.locale)

    def share(self, share: float) -> str:
        """A share of one in percent, whole."""
        return format_percent(share, locale=self.locale)

    def money(self, amount: Decimal, currency: str | None) -> str:
        """An amount in its currency, where the language puts it; an amount with more decimals keeps them."""
        if currency is None:
            return format_decimal(amount, "#,##0.00#", locale=self.locale)
        exact = amount == round(amount, decimals_of(currency))
        pattern = None if exact else self.locale.currency_formats["standard"].pattern.replace("0.00", "0.000")
        return format_currency(amount, currency, pattern, locale=self.locale, currency_digits=exact)

    def day(self, day: date) -> str:
        """A day with the name of its month: 1 December 2026, 1 décembre 2026, 1 grudnia 2026."""
        return f"{day.day} {self.locale.months['format']['wide'][day.month]} {day.year}"

    def instant(self, instant: datetime) -> str:
        """An instant in UTC, to the minute."""
        told = instant.astimezone(UTC)
        return f"{self.day(told)}, {told:%H:%M} UTC"

    def short_instant(self, instant: datetime) -> str:
        """The same with the short name of the month, without the zone."""
        told = instant.astimezone(UTC)
        return f"{told.day} {self.locale.months['format']['abbreviated'][told.month]} {told.year}, {told:%H:%M}"

    def month(self, day: date) -> str:
        """The month of a day, short."""
        return f"{self.locale.months['stand-alone']['abbreviated'][day.month]} {day.year}"

    def size(self, byte_count: int) -> str:
        """So many bytes, in the unit that leaves a number to read."""
        sign = "o" if self.locale.language == "fr" else "B"
        size, units = Decimal(byte_count), iter(("", "k", "M", "G"))
        unit = next(units)
        while size >= THOUSAND and unit != "G":
            size, unit = size / THOUSAND, next(units)
        return f"{format_decimal(size, '#,##0' if not unit else '#,##0.#', locale=self.locale)}\u00a0{unit}{sign}"


@cache
def formats_of(language: str) -> Formats:
    """How a language writes values; English is that of Europe, whose days begin with the day."""
    return Formats(Locale.parse("en_GB" if language == "en" else language))
