"""E-mail addresses: the spelling to keep and the key that identifies a customer.

Lives here: unwrapping, judging by a maintained validator's syntax rules (no network), the key. Not here:
whether an address is required (`schemas/files.py`).
"""

import unicodedata

import polars as pl
from email_validator import EmailNotValidError, validate_email

from pipelines.files.parsing import Parsed, mixed, no_faults, when

WRAPPED = r"^[^<>@]*<\s*([^<>]+?)\s*>[.,; ]*$"
SEVERAL = r"@[^@]+[,;\s]+[^@\s]+@"
LOCAL = r"[A-Za-z0-9_+-]{1,30}(?:\.[A-Za-z0-9_+-]{1,15}){0,2}"
LABEL = r"[A-Za-z0-9]{1,30}(?:-[A-Za-z0-9]{1,20})?"
PLAIN = rf"^{LOCAL}@(?:{LABEL}\.){{1,3}}[A-Za-z]{{2,24}}$"
FULL_WIDTH_AT = "\uff20"
RESERVED = r"(?i)\.(?:arpa|invalid|local|localhost|onion|test)$"
"""What the validator never accepts; plain addresses that end so are left to its judgement."""


def parse_emails(text: pl.Series) -> tuple[Parsed, pl.Series]:
    """The address of each row as written, and its key: NFC, lower case, ASCII domain (PIT-44…PIT-46).

    `text` is trimmed, null where blank. A plain ASCII address is accepted by pattern; every other one is
    judged by email-validator, each distinct one once. Faults: INVALID_EMAIL, MULTIPLE_EMAILS.
    """
    plain = (text.str.contains(PLAIN) & ~text.str.contains(RESERVED)).fill_null(False)
    rest = text.filter(~plain)
    spellings, keys = _judged(rest)
    wrong = rest.is_not_null() & keys.is_null()
    several = wrong & spellings.str.contains(SEVERAL).fill_null(False)
    faults = when(several, "MULTIPLE_EMAILS", when(wrong, "INVALID_EMAIL", None))
    parsed = Parsed(
        values=mixed(plain, text, when(wrong, None, spellings)),
        faults=mixed(plain, no_faults(text), faults),
    )
    return parsed, mixed(plain, text.str.to_lowercase(), keys)


def _judged(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The unwrapped spelling and the key of each address, each distinct one judged once."""
    distinct = text.drop_nulls().unique()
    spellings = _unwrapped(distinct)
    keys = pl.Series([email_key(address) for address in spellings], dtype=pl.String)
    replaced = (text.replace_strict(distinct, new, default=None) for new in (spellings, keys))
    return next(replaced), next(replaced)


def email_key(address: str) -> str | None:
    """The key of one address, or None where the validator refuses it."""
    typed = address if "@" in address else address.replace(FULL_WIDTH_AT, "@")
    try:
        found = validate_email(typed, check_deliverability=False)
    except EmailNotValidError:
        return None
    return unicodedata.normalize("NFC", f"{found.local_part}@{found.ascii_domain}".lower())


def _unwrapped(text: pl.Series) -> pl.Series:
    """`mailto:`, `Name <address>` and a trailing dot, comma or semicolon go (PIT-46)."""
    bare = text.str.replace(WRAPPED, "$1").str.replace(r"(?i)^mailto:\s*", "")
    return bare.str.strip_chars_end(".,; ")
