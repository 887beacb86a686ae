"""What a title means that no table lists whole: the sense of its words taken together, in one language.

Lives here: titles made of known words (`Importo totale ordine`, `Bestelldatum`, `Sales tax`), by the roles of
`schemas/vocabulary/title_words.csv`. Not here: titles that are listed whole (`known_titles.py`), which win, values
(`pipelines/mapping/value_evidence.py`). Programs name the same few things in hundreds of ways; the words that they use
are few.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from pipelines.language.spelling import Words, key, normalise, words_of
from schemas.fields import Grain
from schemas.wordlists import wordlist

OTHER = "other:"
AND = "and"
"""The role of the word that joins two others, and says nothing itself (`Date et heure`)."""

LONGEST = 4
"""Words of the longest phrase."""

COMPOUNDING = ("de", "nl")
LINKS = ("", "s", "n", "en", "es", "e", "r", "er")
"""What German and Dutch put between the parts of a compound."""

SHORTEST_PART = 3

MONEY = frozenset({"amount", "total", "gross", "paid", "price"})
MADE = frozenset(
    {"payment", "transaction", "order", "sale", "invoice", "receipt", "donation", "pledge", "booking", "deposit"}
)
"""What a payment may be called: the thing that was paid stands for it."""

NUMBERED = frozenset({"transaction", "order", "invoice", "receipt", "booking"})
"""Things that are called by their number alone (`Commande`)."""

# Strengths: the closer to the money, the stronger (a payment, then a sale, an order, an invoice).
OF_DATE = {
    "payment": 8,
    "donation": 7,
    "pledge": 6,
    "transaction": 7,
    "sale": 6,
    "receipt": 5,
    "deposit": 5,
    "booking": 5,
    "order": 5,
    "invoice": 4,
}
OF_ID = {
    "payment": 8,
    "transaction": 8,
    "donation": 6,
    "pledge": 5,
    "order": 5,
    "sale": 5,
    "booking": 5,
    "deposit": 4,
    "invoice": 4,
    "receipt": 3,
}
OF_STATUS = {
    "payment": 7,
    "donation": 6,
    "pledge": 5,
    "transaction": 5,
    "sale": 5,
    "order": 4,
    "booking": 4,
    "invoice": 4,
}
PLAIN, SENDER = 5, 3

PERSONS = frozenset({"person", "billing", "member", "attendee"})
"""Whose a column is: who pays, who belongs, who only comes, and whose number is that of a ticket."""


@dataclass(frozen=True)
class Sense:
    """What words say together: a field with its strength, or (`field` blank) another thing, named by `other`.

    `when`: what its column's values must bear out, as in `known_titles.Meaning`.
    """

    field: str
    strength: int = 0
    other: str = ""
    when: Literal["", "values", "fractions", "word", "last"] = ""


@lru_cache(maxsize=10_000)
def senses_of(title: str, grain: Grain, language: str | None) -> tuple[Sense, ...]:
    """What all words of a title may say together in a file of a grain, the likeliest first.

    The `language` of the file's titles is asked first. Where it is not known, or does not know all words, every one is
    asked, and those that understand the title must agree. Nothing where a word is unknown, or where the words say
    nothing that is known.
    """
    # The file's own language alone, if it understands all words: a word of it may be another one elsewhere.
    own = _senses_in(title, grain, (language,)) if language else ()
    return own or _senses_in(title, grain, tuple(_tables()))


def _senses_in(title: str, grain: Grain, languages: Collection[str]) -> tuple[Sense, ...]:
    understood = [roles for spoken in languages if (roles := _roles(title, spoken)) is not None]
    found = {senses for roles in understood if (senses := _senses(roles, grain))}
    # Languages that read the same words as different things leave it open.
    return found.pop() if len(found) == 1 else ()


@lru_cache(maxsize=10_000)
def other_thing(title: str, language: str | None) -> str | None:
    """The other thing than a field of ours that some word of a title names (`fee`, `tax`, `shipping`), else None."""
    for spoken in (language,) if language else _tables():
        for role, _ in _phrases(words_of(title), spoken):
            if role is not None and (role.startswith(OTHER) or role == "created"):
                return role.removeprefix(OTHER)
    return None


@lru_cache(maxsize=10_000)
def says_paid(title: str) -> bool:
    """Whether a title of an amount says that it was paid (`Amount paid`), where others tell the whole (`Total`)."""
    return any("paid" in (_roles(title, spoken) or ()) for spoken in _tables())


def without_owners(words: Words, owners: Collection[str], language: str | None) -> Iterator[Words]:
    """The words of a title without those that name what it is of (`Email of the buyer`), in each language.

    `owners`: the roles that go.
    """
    for spoken in (language,) if language else _tables():
        parts = list(_phrases(words, spoken))
        kept = tuple(word for role, phrase in parts if role not in owners for word in phrase)
        if kept and kept != words:
            yield kept


def _senses(roles: Sequence[str], grain: Grain) -> tuple[Sense, ...]:
    others = [role for role in roles if role.startswith(OTHER)]
    if others:
        return (Sense("", other=others[0].removeprefix(OTHER)),)
    if "id" in roles and _runs(roles, "id") > 1:
        return (Sense("", other="related id"),)  # `Numéro de la transaction de référence`: another payment's
    said, made, weaker = frozenset(roles), MADE & frozenset(roles), roles.count("id") > 1
    whole = said - PERSONS - ({"record"} if grain == "customer" else set())
    if said == {"person"}:
        return (Sense("name", SENDER, when="values"),)
    if "attendee" in said and whole == {"id"}:
        return (Sense("", other="ticket"),)
    if said - whole and whole == {"id"}:
        return (Sense("external_id", PLAIN - weaker),)
    if "created" in said:
        return _of_creation(said - made, grain)
    if grain == "customer":
        return _of_customer(whole - made, made)
    return _of_payment(whole - made - {"time"}, made, roles)


def _of_creation(rest: frozenset[str], grain: Grain) -> tuple[Sense, ...]:
    """When a row was made is the payment's day where no other column is; a customer's is none of ours."""
    own = grain == "payment" and rest <= {"created", "date", "time"}
    return (Sense("payment_date", 1, when="last") if own else Sense("", other="created date"),)


def _of_customer(rest: frozenset[str], made: frozenset[str]) -> tuple[Sense, ...]:
    """In a list of customers the money of their orders or payments is what they spent; what they pledged is not.

    A bare `Total orders` is money only where it has fractions: else it is how many there were.
    """
    money = rest & MONEY
    if "pledge" in made:
        return ()
    if rest == money | (rest & {"lifetime"}) and rest and (made or "lifetime" in rest) and rest != {"price"}:
        when: Literal["values", "fractions"] = "fractions" if rest == {"total"} else "values"
        return (Sense("total_spent", PLAIN - 1 + ("lifetime" in rest), when=when),)
    return ()


def _of_payment(rest: frozenset[str], made: frozenset[str], roles: Sequence[str]) -> tuple[Sense, ...]:
    """The senses in a list of payments of what words are left (`rest`) beside what a payment is called (`made`)."""
    if rest in ({"paid on"}, {"date", "paid"}):
        return (Sense("payment_date", OF_DATE["payment"]),)
    if rest == {"date"}:
        return (Sense("payment_date", _strongest(OF_DATE, made, 6)),)
    if not rest and made and "time" in roles:
        return (Sense("payment_date", _strongest(OF_DATE, made, 0) - 1, when="values"),)
    if rest == {"id"} and made:
        return (Sense("payment_id", _strongest(OF_ID, made, 0) - (roles.count("id") > 1)),)
    if not rest and made and made <= NUMBERED:
        return (Sense("payment_id", _strongest(OF_ID, made, 0) - 2, when="values"),)
    if "refund" in rest:
        return _of_refund(rest - {"refund", "partial"})
    if rest in ({"currency"}, {"currency", "id"}):
        return (Sense("currency", PLAIN - 1),)
    if rest == {"status"}:
        return (Sense("payment_status", _strongest(OF_STATUS, made, PLAIN)),)
    if rest == {"state"}:
        return (Sense("payment_status", _strongest(OF_STATUS, made, PLAIN), when="values"),)  # else of a country
    if rest == {"sender"} and not made:
        return (Sense("name", SENDER, when="word"),)
    money = rest - {"final"}  # a final day or status is another thing
    return _of_money(money, made) if money and money <= MONEY else ()


def _of_refund(rest: frozenset[str]) -> tuple[Sense, ...]:
    """What came back of a payment; alone it may be a day, or whether anything did."""
    if rest <= MONEY:
        return (Sense("refunded_amount", PLAIN) if rest else Sense("refunded_amount", PLAIN - 1, when="values"),)
    return (Sense("", other="refund"),) if rest <= {"id", "date", "status", "paid on"} else ()


def _runs(roles: Sequence[str], role: str) -> int:
    """How many times a role stands apart from itself."""
    return sum(1 for place, each in enumerate(roles) if each == role and (place == 0 or roles[place - 1] != role))


def _of_money(heads: frozenset[str], made: frozenset[str]) -> tuple[Sense, ...]:
    """An amount: what came in is stronger than the whole, that than a value. A price alone is one of an
    article, and the payment only where nothing else can be.
    """
    if heads <= {"price", "gross", "amount"} and "price" in heads and not made:
        return (Sense("amount", 1, when="last"),)
    if heads == {"paid"}:
        said = (("amount", PLAIN + 2), ("payment_date", OF_DATE["payment"]), ("payment_status", PLAIN))
        return tuple(Sense(field, strength, when="values") for field, strength in said)  # a yes or a no is a status
    plus = ("paid" in heads) * 3 + ("total" in heads) + ("gross" in heads) + ("payment" in made)
    return (Sense("amount", PLAIN - ("price" in heads) + min(plus, 3)),)


def _strongest(strengths: Mapping[str, int], made: Collection[str], without: int) -> int:
    """An invoice's payment is a payment; of several things the one that is closest to the money counts."""
    return max((strengths.get(thing, 0) for thing in made), default=without)


def _roles(title: str, language: str) -> tuple[str, ...] | None:
    """The roles of all words of a title, in their order; None where one is unknown."""
    roles = [role for role, _ in _phrases(words_of(title), language)]
    if None in roles:
        return None
    return tuple(role for role in roles if role is not None and role != AND) or None


def _phrases(words: Words, language: str) -> Iterator[tuple[str | None, Words]]:
    """The words by phrase, longest first, each with its role; compounds part by part."""
    table = _tables()[language]
    place = 0
    while place < len(words):
        length = next(
            (
                length
                for length in range(min(LONGEST, len(words) - place), 0, -1)
                if "".join(words[place : place + length]) in table
            ),
            0,
        )
        if length:
            yield table["".join(words[place : place + length])], words[place : place + length]
        else:
            parts = _compound(words[place], language) if language in COMPOUNDING else None
            for role in parts or (None,):
                yield role, (words[place],)
        place += length or 1


@lru_cache(maxsize=10_000)
def _compound(word: str, language: str) -> tuple[str, ...] | None:
    """The roles of a compound's parts (`Rechnungsbetrag`); None where it is none."""
    table = _tables()[language]
    # The longest first part first: the start of it may be a word of its own.
    for end in range(len(word) - SHORTEST_PART, SHORTEST_PART - 1, -1):
        role = table.get(word[:end])
        if role is None:
            continue
        for link in LINKS:
            rest = word[end:].removeprefix(link) if word[end:].startswith(link) else ""
            if len(rest) < SHORTEST_PART:
                continue
            last = table.get("".join(words_of(rest))) or table.get(rest)
            if last:
                return (role, last)
            more = _compound(rest, language)
            if more:
                return (role, *more)
    return None


@cache
def _tables() -> Mapping[str, Mapping[str, str]]:
    """Each language's phrases with their roles; English is understood in every language, whose own words win."""
    own: dict[str, dict[str, str]] = {}
    for row in wordlist("title_words"):
        spellings = (key(row["word"]), normalise(row["word"]).replace(" ", ""))
        own.setdefault(row["language"], {}).update(dict.fromkeys(spellings, row["meaning"]))
    # Programs mix English words into titles of every language.
    return {language: own["en"] | phrases for language, phrases in sorted(own.items())}
