"""Rows that add the others up, which stand below many lists and are no customers.

Lives here: the words for a total in our languages, and what else such a row may say. Not here: what becomes of it:
without a name it is rejected like any row without one.
"""

from collections.abc import Iterable

import polars as pl

from pipelines.language.spelling import normalise

WORDS = frozenset(
    {
        *("total", "totals", "grand total", "sub total", "subtotal", "overall total", "sum", "total customers"),
        *("totaux", "total general", "sous total", "somme", "total clients", "cumul"),
        *("razem", "suma", "ogolem", "lacznie", "suma koncowa", "suma czesciowa", "w sumie"),
        *("summe", "gesamt", "gesamtsumme", "zwischensumme", "endsumme", "insgesamt", "gesamtergebnis"),
        *("suma total", "totales", "total geral", "soma", "soma total", "totais"),
        *("totale", "totali", "totale generale", "totale complessivo", "somma", "totaal", "eindtotaal", "subtotaal"),
    }
)


def total_rows(names: pl.Series, others: Iterable[pl.Series]) -> pl.Series:
    """Where a name is the word for a total and none of the other texts says anything.

    Texts are trimmed, null where blank. A company called Total that has an address or a number is a customer.
    """
    alone = pl.select(pl.all_horizontal(names.is_not_null(), *[text.is_null() for text in others])).to_series()
    totals = [name for name in names.filter(alone).unique() if normalise(name) in WORDS]
    return pl.select(alone & names.is_in(totals)).to_series()
