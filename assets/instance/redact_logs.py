"""Logs without keys and card numbers: every record passes through one sieve before any handler sees it (PIT-91, SC-18).

Lives here: the sieve in the way of Python's logging. Not here: what a key looks like (`pipelines/stripe/api/keys.py`),
what the number of a card (`pipelines/cards/card_numbers.py`).
"""

import logging
import traceback
from typing import Any

from pipelines.stripe.api import keys


def redacted(text: str) -> str:
    """A text in which no key stands, and of a card no more than its last four digits."""
    from pipelines.cards.card_numbers import without_card_numbers  # polars with it, which who logs nothing does without

    return without_card_numbers(keys.redacted(text))


class Redacting(logging.Filter):
    """Cuts Stripe keys and card numbers out of a record: its message, its arguments, and the traceback it carries."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always lets the record through."""
        said = _said(record)
        if said is None:
            # Handlers print a record that they cannot format, with all its arguments, on the error output.
            record.msg, record.args = redacted(f"{record.msg} {record.args}"), ()
        # Formatted before it is looked at: a key may be put together from message and argument.
        elif redacted(said) != said:
            record.msg, record.args = redacted(said), ()
        if record.exc_info and record.exc_info[0] is not None:
            told = "".join(traceback.format_exception(*record.exc_info)).rstrip()
            if redacted(told) != told:
                # Formatters take `exc_text` where there is one, and format `exc_info` anew where that is left.
                record.exc_info, record.exc_text = None, redacted(told)
        return True


def _said(record: logging.LogRecord) -> str | None:
    """The message; None where its arguments do not fit, which logging itself would print with all of them."""
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return None


def redact_logs() -> None:
    """Put the sieve in place for all loggers of this process, those that are made later included.

    A filter on a logger misses its children, one on a handler misses other handlers: hence where records are made.
    """
    make = logging.getLogRecordFactory()
    if getattr(make, "redacts", False):
        return
    sieve = Redacting()

    def made(*arguments: Any, **more: Any) -> logging.LogRecord:
        record = make(*arguments, **more)
        sieve.filter(record)
        return record

    made.redacts = True  # type: ignore[attr-defined]  # how a second call knows the first
    logging.setLogRecordFactory(made)
