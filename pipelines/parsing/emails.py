"""E-mail addresses: the spelling to keep and the key that identifies a customer.

Lives here: unwrapping, validating by a maintained validator's syntax rules (no network), the key, what is odd about
an accepted address. Not here: whether an address is required (`schemas/files.py`).
"""

import unicodedata

import polars as pl

from pipelines.models.parsed_column import Parsed, mixed, no_faults, when
from schemas.sentences.note import Note
from schemas.wordlists import choice

WRAPPED = r"^[^<>@]*<\s*([^<>]+?)\s*>[.,; ]*$"
SEVERAL = r"@[^@]+[,;|/\s]+[^@\s]+@"
ATOM = r"[A-Za-z0-9_'+&-]+"
LABEL = r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*"
PLAIN = rf"^{ATOM}(?:\.{ATOM})*@(?:{LABEL}\.)+[A-Za-z]{{2,}}$"
LONGEST_PLAIN = 63
"""An address no longer than one label may be keeps all limits of the validator, those of its parts included."""

AT = "[@\uff20]"
RESERVED = r"(?i)\.(?:arpa|invalid|local|localhost|onion|test)$"
"""What the validator never accepts; plain addresses that end so are left to its validation."""

EDGES = r"^[\p{Cf}\s]+|[\p{Cf}\s]+$"
"""Marks that nobody sees (zero width, direction, soft hyphen) at either end."""

WIDE = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFF01, 0xFFEF)}
"""Full-width and half-width forms, which are other shapes of the same letters (PIT-45)."""

FULL_WIDTH_AT = {0xFF20: "\uff20"}

PLACEHOLDER = rf"^(?:{choice('email_placeholders')}|xxx+|aaa+)@"
TOGETHER = frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO"})
"""Scripts that Chinese, Japanese and Korean write together."""


def parse_emails(text: pl.Series) -> tuple[Parsed, pl.Series]:
    """The address of each row as written, and its key: NFC, lower case, ASCII domain (PIT-44…PIT-46).

    `text` is trimmed, null where blank. A plain ASCII address is accepted by pattern; every other one is
    validated by email-validator, each distinct one once. Plus tags and dots stay (PIT-47). Placeholders and
    domains that mix alphabets are accepted with a warning (PIT-45, PIT-48). Faults: INVALID_EMAIL,
    MULTIPLE_EMAILS.
    """
    # email-validator takes 32 s for a million addresses; the pattern decides 97 in 100 of them as it would.
    plain = _plain(text)
    rest = text.filter(~plain)
    spellings, keys = _spelled_and_keyed(rest)
    wrong = rest.is_not_null() & keys.is_null()
    several = wrong & spellings.str.contains(SEVERAL).fill_null(False)
    faults = when(several, "MULTIPLE_EMAILS", when(wrong, "INVALID_EMAIL", None))
    all_keys = mixed(plain, text.str.to_lowercase(), keys)
    parsed = Parsed(
        values=mixed(plain, text, when(wrong, None, spellings)),
        faults=mixed(plain, no_faults(text), faults),
        notes=(*_placeholders(all_keys), *_mixing(keys)),
    )
    return parsed, all_keys


def email_key(address: str) -> str | None:
    """The key of one address, or None where the validator refuses it."""
    from email_validator import EmailNotValidError, validate_email  # long to import; plain addresses do without

    try:
        found = validate_email(narrow(address), check_deliverability=False)
    except EmailNotValidError:
        return None
    # The domain is ASCII already; NFC makes one key of a local part typed in one or two code points a letter.
    return unicodedata.normalize("NFC", f"{found.local_part}@{found.ascii_domain}".lower())


def narrow(address: str) -> str:
    """An address in letters of the usual width; beside an @ a full-width one is a letter of the local part."""
    return address.translate(WIDE | FULL_WIDTH_AT if "@" in address else WIDE)


def mixes_scripts(domain: str) -> bool:
    """Whether a label of a domain, in ASCII or not, has letters of alphabets that no language mixes."""
    return any(len(scripts) > 1 and not scripts <= TOGETHER for scripts in map(_scripts, domain.split(".")))


def _spelled_and_keyed(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The unwrapped spelling and the key of each address, each distinct one validated once."""
    distinct = text.drop_nulls().unique()
    spellings = _unwrapped(distinct)
    plain = _plain(spellings)
    odd = ~plain & spellings.str.contains(AT)
    validated = pl.Series([email_key(address) for address in spellings.filter(odd)], dtype=pl.String)
    keys = mixed(~odd, when(plain, spellings.str.to_lowercase(), None), validated)
    known = pl.DataFrame({"text": distinct, "spelling": spellings, "key": keys})
    spelled = text.to_frame("text").join(known, on="text", how="left", maintain_order="left")
    return spelled["spelling"], spelled["key"]


def _plain(text: pl.Series) -> pl.Series:
    """The ASCII addresses that the validator accepts for certain."""
    short = text.str.len_bytes() <= LONGEST_PLAIN
    return (short & text.str.contains(PLAIN) & ~text.str.contains(RESERVED)).fill_null(False)


def _unwrapped(text: pl.Series) -> pl.Series:
    """`mailto:`, `Name <address>`, invisible edges and a trailing dot, comma or semicolon go (PIT-46)."""
    # In this order: marks at the edges hide the angle brackets, and those the `mailto:` inside.
    bare = text.str.replace_all(EDGES, "").str.replace(WRAPPED, "$1").str.replace(r"(?i)^mailto:\s*", "")
    return bare.str.strip_chars_end(".,; ")


def _placeholders(keys: pl.Series) -> tuple[Note, ...]:
    """Addresses that stand where nobody had one (PIT-48)."""
    count = int(keys.str.contains(PLACEHOLDER).sum())
    return (Note("PLACEHOLDER_ADDRESSES", found=count),) if count else ()


def _mixing(keys: pl.Series) -> tuple[Note, ...]:
    """Of keys that are not plain (PIT-45): no label of a plain one holds two hyphens."""
    foreign = keys.filter(keys.str.contains("xn--", literal=True).fill_null(False)).unique()
    mixing = [key for key in foreign if mixes_scripts(key.rpartition("@")[2])]
    return (Note("MIXED_ALPHABETS", found=len(mixing), expected=mixing[0]),) if mixing else ()


def _scripts(label: str) -> set[str]:
    """The alphabets of a label's letters, by the first word of each letter's name."""
    letters = label[4:].encode().decode("punycode") if label.startswith("xn--") else label
    return {unicodedata.name(letter, "UNKNOWN").split()[0] for letter in letters if letter.isalpha()}
