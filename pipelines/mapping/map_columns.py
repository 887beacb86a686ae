"""Which column means which field: people's words first, then known titles, and nothing by guess.

Lives here: the order of decisions and their faults. Not here: what words mean (`pipelines/titles/known_titles.py`),
titles side by side (`neighbours.py`), what values look like (`value_evidence.py`), typing errors (`fuzzy.py`), reading
the header row (`pipelines/reading/layout/header_row.py`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from pipelines.configuration.yaml_documents import meant
from pipelines.errors import FileRefused, WrongUse
from pipelines.language.spelling import normalise, one_of
from pipelines.mapping.conflicts import Sharing
from pipelines.mapping.fuzzy import difference, nearest, nearly_known
from pipelines.mapping.neighbours import beside_each_other
from pipelines.mapping.saved_mappings import SavedMapping
from pipelines.mapping.value_evidence import (
    CONTRADICTING,
    FEW,
    FRACTION,
    contradicts,
    is_code,
    likely,
    looks_like,
    sample,
    share,
)
from pipelines.models.column_mapping import ColumnMapping, How, MappedColumn
from pipelines.reading.layout.duplicate_titles import of_one_spelling, refuse_repeated, repeated_titles
from pipelines.titles.amount_titles import read_amount_title
from pipelines.titles.known_titles import Meaning, language_of, meanings_of, means_nothing, number_of
from schemas.fields import BY_NAME, Grain, fields_of
from schemas.profiles import Profile, missing_columns
from schemas.sentences.note import Note

__all__ = ["ColumnMapping", "MappedColumn", "map_columns", "normalise"]

TOLD = 100
"""The strength of what a person said: above any title."""

CONFIRMED, MISTYPED = 0.85, 0.85
"""The confidence of a title that values confirm; that of a typing error is this share of its likeness."""

OFTEN_MISTYPED = one_of(
    "email name first_name last_name company phone mobile address postal_code city country vat_number "
    "total_spent monthly_spend payment_count first_payment_date last_payment_date refund_volume amount "
    "payment_date refunded_amount currency"
)
"""Fields that a title with a typing error may mean: not those where a wrong column would do harm unseen."""

Found = dict[str, Meaning]
Samples = Mapping[str, pl.Series | None]


@dataclass(frozen=True)
class Said:
    """What one person said, in the file's own spelling: title to field, and titles to leave out."""

    fields: Mapping[str, str]
    ignored: Sequence[str]
    how: How


@dataclass(frozen=True)
class Told:
    """What people said, taken together."""

    meanings: Found
    ignored: frozenset[str]


def map_columns(
    titles: Sequence[str],
    profile: Profile,
    explicit: Mapping[str, str] | None = None,
    ignore: Sequence[str] = (),
    language: str = "en",
    rows: pl.DataFrame | None = None,
    saved: SavedMapping | None = None,
    declared: Mapping[str, str] | None = None,
    declared_ignore: Sequence[str] = (),
) -> ColumnMapping:
    """The meaning of every column, and why.

    The caller's words (`explicit`: title to field, `ignore`) win, then those declared for the source (`declared`,
    `declared_ignore`), then the `saved` mapping, then known titles with what stands beside them, then typing errors.
    With `rows` (a text column for each title) values confirm or contradict a title; without them no typing error
    is forgiven. A field that a person gave a column takes no other one.

    Raises WrongUse for a title of the caller's that the file lacks, or a field that does not exist; FileRefused with
    DUPLICATE_HEADER (PIT-12), TOO_MANY_COLUMNS_FOR_FIELD, MISSING_REQUIRED_COLUMN (AU-04, AU-05, AU-13…AU-15, RF-12)
    or UNCLEAR_UNIT (PIT-107).
    """
    _fields_exist([*(explicit or {}).values(), *(declared or {}).values()], profile.grain)
    approved = saved or SavedMapping(titles=(), fields={})
    told = _together(
        _of_caller(titles, explicit or {}, ignore),
        _where_present(titles, declared or {}, declared_ignore, "explicit"),
        _where_present(titles, _fields_of(approved, profile.grain), approved.ignored, "saved"),
    )
    # Who ignores a title that stands twice means all of its columns.
    told = replace(told, ignored=told.ignored | (of_one_spelling(titles, told.ignored) - told.meanings.keys()))
    free = _free_titles(titles, told, approved, profile)
    samples = {title: sample(rows, title) for title in titles}
    found, doubts = _found(free, told, profile, rows, samples, language)
    columns, left_out = _columns(Sharing(found | told.meanings, titles, samples, rows, profile, language))
    # Only now: a title that stands twice matters only if it is mapped (PIT-12).
    refuse_repeated(titles, [column.title for column in columns], told.meanings, told.ignored, language)
    mapping = ColumnMapping(
        columns=columns,
        ignored=tuple(title for title in titles if title in told.ignored),
        unmapped=_unmapped(titles, columns, told),
        warnings=(*_drift(titles, approved, [*(declared or {}), *declared_ignore]), *doubts, *left_out),
    )
    # Also for columns that a person mapped: what the M of `Total (M)` is, the mapping does not say.
    _units_are_clear(columns, language)
    _require(mapping, profile, titles, samples, language)
    return mapping


def _free_titles(titles: Sequence[str], told: Told, approved: SavedMapping, profile: Profile) -> list[str]:
    """The titles that nobody has decided about."""
    # A title of the saved mapping that has no field was left out by somebody, and stays so.
    settled = told.meanings.keys() | told.ignored | set(_present(titles, approved.titles))
    # Of a title that stands twice the first column is looked at; where it is mapped, `refuse_repeated` decides.
    again = {
        title for group in repeated_titles(titles) for title in [each for each in group if each not in settled][1:]
    }
    return [title for title in titles if title not in settled | again and _may_be_known(title, profile)]


def _may_be_known(title: str, profile: Profile) -> bool:
    """Whether what is known of a title counts: in mode `explicit` only the profile's own titles do (AMB-35)."""
    return profile.mapping_mode != "explicit" or normalise(title) in profile.aliases


def _fields_exist(fields: Iterable[str], grain: Grain) -> None:
    allowed = {field.name for field in fields_of(grain)}
    unknown = [field for field in fields if field not in allowed]
    if unknown:
        near = meant(unknown[0], allowed)
        raise WrongUse(f"there is no field {unknown[0]!r} here{near}; fields are {', '.join(sorted(allowed))}")


def _fields_of(saved: SavedMapping, grain: Grain) -> dict[str, str]:
    """The saved fields that a file of this grain can have: a source may change its profile."""
    allowed = {field.name for field in fields_of(grain)}
    return {title: field for title, field in saved.fields.items() if field in allowed}


def _of_caller(titles: Sequence[str], fields: Mapping[str, str], ignore: Sequence[str]) -> Said:
    """The caller's words; WrongUse for a title that the file does not have."""
    spelling = _spelling(titles)
    missing = [title for title in (*fields, *ignore) if _spelt(title, spelling) is None]
    if missing:
        near = meant(missing[0], titles)
        raise WrongUse(f"the file has no column {missing[0]!r}{near}; its columns are {', '.join(titles)}")
    return _where_present(titles, fields, ignore, "explicit")


def _where_present(titles: Sequence[str], fields: Mapping[str, str], ignore: Sequence[str], how: How) -> Said:
    own = {spelt: fields[title] for title, spelt in zip(fields, _spelt_all(titles, fields), strict=True) if spelt}
    return Said(own, _present(titles, ignore), how)


def _spelling(titles: Sequence[str]) -> dict[str, str]:
    return {normalise(title): title for title in titles} | {title: title for title in titles}


def _spelt(title: str, spelling: Mapping[str, str]) -> str | None:
    return spelling.get(title) or spelling.get(normalise(title))


def _spelt_all(titles: Sequence[str], wanted: Iterable[str]) -> list[str | None]:
    """The file's own spelling of each of these titles; None for one that it lacks."""
    spelling = _spelling(titles)
    return [_spelt(title, spelling) for title in wanted]


def _present(titles: Sequence[str], wanted: Iterable[str]) -> list[str]:
    return [title for title in _spelt_all(titles, wanted) if title]


def _together(*people: Said) -> Told:
    """What people said, the first of them who speaks of a title or of a field."""
    told = Told({}, frozenset())
    for said in people:
        taken = {meaning.field for meaning in told.meanings.values()}
        meanings = told.meanings | {
            title: Meaning(field, TOLD, number_of(title), said.how)
            for title, field in said.fields.items()
            # Who speaks first decides: the caller, then the source's declaration, then the saved mapping.
            if title not in told.meanings and title not in told.ignored and field not in taken
        }
        told = Told(meanings, told.ignored | (set(said.ignored) - meanings.keys()))
    return told


def _found(
    free: Sequence[str], told: Told, profile: Profile, rows: pl.DataFrame | None, samples: Samples, language: str
) -> tuple[Found, list[Note]]:
    """What the titles mean that nobody spoke of, and the doubts that their values raised."""
    taken = {meaning.field for meaning in told.meanings.values()}
    # Of all titles, told ones too: two known ones are enough to know the language of the others.
    spoken = language_of(samples)
    said = {title: meanings_of(title, profile.grain, profile.aliases, spoken) for title in free}
    known = {title: chosen for title, meanings in said.items() if (chosen := _chosen(meanings, samples[title]))}
    seen = beside_each_other(known | told.meanings, samples, profile, rows)
    meant = {title: seen[title] for title in known if title in seen and seen[title].field not in taken}
    doubted = [
        title
        for title, meaning in meant.items()
        if ((values := samples[title]) is not None and contradicts(meaning.field, values))
        or _is_everybodys(title, meant, samples)
    ]
    sure = {title: meaning for title, meaning in meant.items() if title not in doubted}
    unknown = [title for title in free if not said[title] and not means_nothing(title)]
    near = {title: nearly_known(title, profile.grain, spoken) for title in unknown if samples[title] is not None}
    # Last, and for fields without a column only: a guess takes nothing from what is known.
    typos = _mistyped(near, samples, taken | {meaning.field for meaning in sure.values()})
    return sure | typos, [_doubt(title, meant[title].field, samples[title]) for title in doubted]


def _chosen(meanings: Sequence[Meaning], values: pl.Series | None) -> Meaning | None:
    """The first of the things that a title may mean which its values bear out, where they have a say."""
    return next((found for meaning in meanings if (found := _confirmed(meaning, values))), None)


def _confirmed(meaning: Meaning, values: pl.Series | None) -> Meaning | None:
    """A meaning that hangs on its column's values, as they decide; any other as it is."""
    if meaning.when in ("values", "fractions") or (meaning.when == "last" and values is not None):
        fits = values is not None and (values.is_empty() or looks_like(meaning.field, values))
        fits = fits and (meaning.when != "fractions" or values is None or share(values, FRACTION) > 0)
        return replace(meaning, confidence=CONFIRMED) if fits else None
    if meaning.when == "word" and values is not None:
        return replace(meaning, field=_of_customer(values), confidence=CONFIRMED)
    return meaning


def _of_customer(values: pl.Series) -> str:
    """What a column called `Customer` holds: addresses, references or names."""
    return "email" if looks_like("email", values) else "external_id" if is_code(values) else "name"


def _is_everybodys(title: str, meant: Found, samples: Samples) -> bool:
    """Whether a reference of customers is the same in all rows, whose addresses differ: an account in the commits."""
    values = samples[title]
    if meant[title].field != "external_id" or values is None or len(values) < CONTRADICTING or values.n_unique() > 1:
        return False
    addresses = [samples[other] for other, meaning in meant.items() if meaning.field == "email"]
    return any(sample is not None and sample.n_unique() > 1 for sample in addresses)


def _doubt(title: str, field: str, values: pl.Series | None) -> Note:
    shown = "" if values is None else str(values[0])
    return Note("VALUES_CONTRADICT_TITLE", header=title, expected=field, found=shown)


def _mistyped(near: Mapping[str, tuple[str, float] | None], samples: Samples, taken: set[str]) -> Found:
    """Titles with a typing error, of fields that have no column yet, where values look like the field (PIT-14)."""
    return {
        title: Meaning(field, 1, number_of(title), "fuzzy", confidence=round(MISTYPED * alike, 2))
        for title, (field, alike) in ((title, found) for title, found in near.items() if found)
        if field in OFTEN_MISTYPED - taken and _looks_enough(field, samples[title])
    }


def _looks_enough(field: str, values: pl.Series | None) -> bool:
    return values is not None and len(values) >= FEW and looks_like(field, values)


def _columns(sharing: Sharing) -> tuple[tuple[MappedColumn, ...], list[Note]]:
    """The columns of each field, strongest first, in the order of the vocabulary; and what was left out for them."""
    chosen = {field: sharing.of_field(field) for field in BY_NAME}
    columns = tuple(
        MappedColumn(title, field, rank, sharing.found[title].confidence, sharing.found[title].how)
        for field, (titles, _) in chosen.items()
        for rank, title in enumerate(titles, start=1)
    )
    notes = [note for _, note in chosen.values() if note]
    return columns, [
        Note("SEVERAL_COLUMNS", found=several.titles, expected=several.field, header=several.chosen)
        for several in notes
    ]


def _unmapped(titles: Sequence[str], columns: Sequence[MappedColumn], told: Told) -> tuple[str, ...]:
    mapped = {column.title for column in columns}
    return tuple(title for title in titles if title not in mapped and title not in told.ignored)


def _drift(titles: Sequence[str], saved: SavedMapping, declared: Iterable[str]) -> list[Note]:
    """HEADER_DRIFT where the file's titles are not those that were saved or declared for its source."""
    spelt = dict(zip(saved.titles, _spelt_all(titles, saved.titles), strict=True))
    known = {own: title for title, own in spelt.items() if own}
    changed = difference(saved.titles, [known.get(title, title) for title in titles]) if saved.titles else ()
    absent = [f"− {title}" for title in declared if not _present(titles, [title]) and title not in spelt]
    found = (*changed, *dict.fromkeys(absent))
    return [Note("HEADER_DRIFT", found=found)] if found else []


def _units_are_clear(columns: Iterable[MappedColumn], language: str) -> None:
    """No title of numbers holds a letter that may be a unit, as in `Total (M)`: whoever mapped it (PIT-107)."""
    for column in columns:
        if BY_NAME[column.field].kind in ("amount", "average", "count") and read_amount_title(column.title).is_unclear:
            raise FileRefused("UNCLEAR_UNIT", language, found=column.title)


def _require(mapping: ColumnMapping, profile: Profile, titles: Sequence[str], samples: Samples, language: str) -> None:
    """MISSING_REQUIRED_COLUMN with the columns that may have been meant (AU-04, AU-05)."""
    missing = missing_columns(profile, mapping.titles)
    # A list of what is still due is no list of payments; the refusal offers the choice (PIT-104).
    if "amount" in missing and "amount_due" in mapping.titles:
        raise FileRefused("ONLY_AMOUNT_DUE", language, header=mapping.titles["amount_due"])
    if missing:
        wanted = [field for group in missing for field in group.split(" / ")]
        hints = [_with_candidate(title, wanted, profile.grain, samples[title]) for title in mapping.unmapped]
        raise FileRefused(
            "MISSING_REQUIRED_COLUMN",
            language,
            found=list(titles),
            expected=[" / ".join(map(profile.called, group.split(" / "))) for group in missing],
            header=hints,
        )


def _with_candidate(title: str, missing: Sequence[str], grain: Grain, values: pl.Series | None) -> str | Note:
    """A title that was not recognised, with the missing field that it may mean: `Mail adr (email?)`."""
    if means_nothing(title):
        return title
    by_values = likely(values, missing) if values is not None else None
    candidate = by_values or nearest(title, missing, grain)
    return Note("title_may_mean", title=title, field=candidate) if candidate else title
