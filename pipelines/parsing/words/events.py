"""What events say in words of their own: what happened, and whether the person agrees to e-mails.

Lives here: two columns that a program writes, and which mean nothing but what they say. Not here: the words of lists
that people write (`enumerations.py`), what an event contributes (`pipelines/validation/statements.py`).
"""

import polars as pl

from pipelines.models.parsed_column import Parsed, when
from schemas.events import EVENT_KINDS

AGREED = {"true": True, "1": True, "false": False, "0": False}
"""JSON's two words, and what programs without them write."""


def parse_events(text: pl.Series) -> Parsed:
    """The kind of each event. Fault: UNKNOWN_EVENT."""
    known = text.is_in(EVENT_KINDS)
    return Parsed(when(known, text, None), when(~known, "UNKNOWN_EVENT", None))


def parse_consents(text: pl.Series) -> Parsed:
    """Whether each person agrees; null where the event does not say. Fault: INVALID_CONSENT: it is never guessed."""
    word = text.str.to_lowercase()
    values = word.replace_strict(AGREED, default=None, return_dtype=pl.Boolean)
    return Parsed(values, when(word.is_not_null() & values.is_null(), "INVALID_CONSENT", None))
