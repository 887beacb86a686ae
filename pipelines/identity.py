"""Who is who: the identity of an import and of a customer.

Lives here: import ids from content, customer keys from values. Not here: how an address is cleaned
(`files/emails.py`), the 128-bit customer id that the warehouse derives from the key.
"""

import hashlib
import re
from collections.abc import Sequence

import polars as pl

from schemas.profiles import KeyRung

ID_LENGTH = 12


def import_key(source: str, sha256: str) -> str:
    """The identity of these bytes in this source, fit for a folder, a partition and a spoken word."""
    digest = hashlib.sha256(f"{source}\0{sha256}".encode()).hexdigest()
    return f"{_slug(source)}-{digest[:ID_LENGTH]}"


def import_id(key: str, earlier_attempts: int) -> str:
    """The id of an import: its key; imported again after an undo, the key with the attempt's number."""
    return key if earlier_attempts == 0 else f"{key}-{earlier_attempts + 1}"


def customer_key(ladder: Sequence[KeyRung], source: str) -> pl.Expr:
    """The key of a row's customer: the first rung of the ladder with a value (AMB-42).

    Reads `email_key` and `external_id`; null where no rung has a value, and null equals nothing (PIT-49).
    """
    rungs: dict[KeyRung, pl.Expr] = {
        "email": pl.lit("email:") + pl.col("email_key"),
        "external_id": pl.lit(f"id:{source}:") + pl.col("external_id"),
    }
    return pl.coalesce([rungs[rung] for rung in ladder])


def _slug(source: str) -> str:
    return re.sub(r"[^a-z0-9_]+", "_", source.lower()).strip("_") or "source"
