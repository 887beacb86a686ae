"""The mapped columns of a sheet, parsed: what each cell means, by the kind of its column's field.

Lives here: which parser reads which kind, columns made of others (the name of its parts, the currency that nobody
wrote). Not here: the formats themselves (`pipelines/parsing/numbers/numbers.py`, `pipelines/parsing/dates/dates.py`,
`pipelines/parsing/phones/phones.py`…), whether a row is accepted (`validate.py`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from pipelines.models.column_mapping import ColumnMapping, MappedColumn
from pipelines.models.context import Terms
from pipelines.models.parsed_column import Parsed, cleaned, in_parallel, no_faults, when
from pipelines.models.sheet import Sheet
from pipelines.parsing.countries import parse_countries, parse_places
from pipelines.parsing.dates.dates import parse_dates
from pipelines.parsing.dates.instants import parse_instants
from pipelines.parsing.emails import parse_emails
from pipelines.parsing.identifiers import parse_identifiers
from pipelines.parsing.numbers.numbers import parse_amounts, parse_averages, parse_counts
from pipelines.parsing.numbers.typed_cells import without_looks
from pipelines.parsing.postal_codes import parse_postal_codes
from pipelines.parsing.words import placeholders
from pipelines.parsing.words.enumerations import parse_flags, parse_groups, parse_positions, parse_statuses
from pipelines.parsing.words.events import parse_consents, parse_events
from pipelines.parsing.words.payment_directions import parse_directions
from pipelines.parsing.words.payment_statuses import parse_statuses as parse_payment_statuses
from pipelines.payments.both_sides import customers, without_own_purchases
from pipelines.reference_tables.look_up import look_up
from pipelines.titles.amount_titles import AmountTitle, read_amount_title
from pipelines.titles.title_grammar import says_paid
from pipelines.validation.total_rows import total_rows
from schemas.fields import BY_NAME, Field, Kind
from schemas.profiles import takes_companies
from schemas.sentences.note import Note

# How the native readers give the number 0 in a format of dates.
DAY_ZERO_CELLS = ("00:00:00", "0")
MONEY_KINDS = ("amount", "average")
FIGURES = (*MONEY_KINDS, "count", "date")


@dataclass(frozen=True)
class Column:
    """A column that has a meaning: `rank` counts those that share the field, `title` is None where nobody wrote it.

    `text` is cleaned, null where blank; `typed` says where a workbook's cell was no text.
    """

    field: Field
    rank: int
    title: str | None
    text: pl.Series
    typed: pl.Series | None
    parsed: Parsed

    @property
    def name(self) -> str:
        """The field's name; of a further column of the field with its rank."""
        return self.field.name if self.rank == 1 else f"{self.field.name}_{self.rank}"


@dataclass(frozen=True)
class Columns:
    """All columns with a meaning, and the key of each row's address (null where there is none)."""

    columns: tuple[Column, ...]
    email_keys: pl.Series

    @property
    def first(self) -> dict[str, Column]:
        """The first column of each field, by its name."""
        return {column.field.name: column for column in self.columns if column.rank == 1}

    @property
    def further(self) -> tuple[Column, ...]:
        """The second and later columns of their fields."""
        return tuple(column for column in self.columns if column.rank > 1)


def parse_columns(sheet: Sheet, mapping: ColumnMapping, terms: Terms) -> Columns:
    """Parse every mapped column by all of its rows; countries come first, for other columns lean on them."""
    rows, disk = sheet.rows.height, sheet.disk
    raw = in_parallel(lambda mapped: _written(sheet, mapped, terms.language), mapping.columns, rows)
    # Placeholders first: a row of totals has them where others have a reference.
    written = _without_totals(_without_placeholders(raw, rows))
    texts = (*written, *_name(written, takes_companies(terms.profile)), *_currency(written, terms))
    # Columns that were made of others come last in `texts` and replace those that they were made of.
    ordered = sorted(_latest_by_name(texts), key=lambda column: (_field_order(column.field), column.rank))
    countries = _countries(ordered)
    direction = _direction(ordered)
    email, keys = _email(ordered, direction.get("direction"), rows)
    email = {name: replace(column, parsed=column.parsed.laid(disk)) for name, column in email.items()}
    (keys,) = disk.lay_series(keys)
    done = countries.keys() | email.keys() | direction.keys() | {"administrative_area", "recipient_email"}
    rest = [column for column in ordered if column.name not in done]
    zero, titles = sheet.day_zero, tuple(mapped.title for mapped in mapping.columns)
    parsed = in_parallel(lambda each: _noted(each, _parse(each, terms, countries, zero, titles).laid(disk)), rest, rows)
    found = {column.name: column for column in (*parsed, *countries.values(), *direction.values(), *email.values())}
    found |= _paid(found)
    return Columns(tuple(sorted(found.values(), key=lambda column: (_field_order(column.field), column.rank))), keys)


def _noted(column: Column, parsed: Parsed) -> Column:
    """A column as parsed, with what was said of it before."""
    return replace(column, parsed=replace(parsed, notes=tuple(dict.fromkeys(column.parsed.notes + parsed.notes))))


def _field_order(field: Field) -> int:
    return list(BY_NAME).index(field.name)


def _latest_by_name(columns: tuple[Column, ...]) -> list[Column]:
    return list({column.name: column for column in columns}.values())


def _written(sheet: Sheet, mapped: MappedColumn, language: str) -> Column:
    """A column as the sender wrote it."""
    field, typed = BY_NAME[mapped.field], sheet.typed.get(mapped.title)
    (text,) = sheet.disk.lay_series(without_looks(field, cleaned(sheet.rows[mapped.title], sheet.tidy), typed))
    column = _unparsed(field, text, mapped.title, mapped.rank, typed)
    return _without_day_zero(column, typed) if typed is not None and field.kind == "date" else column


def _without_day_zero(column: Column, typed: pl.Series) -> Column:
    """Dates without the cells that hold the number 0, which a reference to a blank cell gives: they are blank.

    A spreadsheet shows the day before its first one, 00/01/1900 or 30/12/1899; the native readers give a time.
    """
    zero = (typed & column.text.is_in(DAY_ZERO_CELLS)).fill_null(False)
    if not zero.any():
        return column
    note = Note("ZERO_DATES", found=int(zero.sum()))
    blanked = when(zero, None, column.text)
    return replace(column, text=blanked, parsed=Parsed(blanked, no_faults(blanked), notes=(note,)))


def _without_placeholders(written: list[Column], rows: int) -> list[Column]:
    """Columns without what stands for nothing: in identifiers, and in texts as the file has it (PIT-26, PIT-57)."""
    asked = any(placeholders.leans_on_others(column.field) for column in written)
    nulls = {column.name: placeholders.nulls_of(column.field, column.text) for column in written if asked}
    return in_parallel(lambda column: _without_nothing(column, nulls), written, rows)


def _without_nothing(column: Column, nulls: Mapping[str, frozenset[str]]) -> Column:
    elsewhere = frozenset().union(*(found for name, found in nulls.items() if name != column.name))
    here = placeholders.in_column(column.field, column.text, elsewhere)
    if here is None or not here.any():
        return column
    kept, shown = when(here, None, column.text), column.text.filter(here)[0]
    note = Note("PLACEHOLDER_VALUES", found=int(here.sum()), expected=shown)
    return replace(column, text=kept, parsed=Parsed(kept, no_faults(kept), notes=(note,)))


def _without_totals(written: list[Column]) -> list[Column]:
    """Names without those of rows that add the others up."""
    name = next((column for column in written if column.name == "name"), None)
    if name is None:
        return written
    here = total_rows(name.text, [each.text for each in written if each is not name and each.field.kind not in FIGURES])
    if not here.any():
        return written
    text = when(here, None, name.text)
    note = Note("TOTAL_ROWS", found=int(here.sum()), expected=name.text.filter(here)[0])
    without = replace(name, text=text, parsed=Parsed(text, no_faults(text), notes=(*name.parsed.notes, note)))
    return [without if column is name else column for column in written]


def _unparsed(
    field: Field, text: pl.Series, title: str | None = None, rank: int = 1, typed: pl.Series | None = None
) -> Column:
    return Column(field, rank, title, text, typed, Parsed(text, no_faults(text)))


def _name(written: list[Column], company_too: bool) -> list[Column]:
    """The name made of its parts where nobody wrote it whole (RF-17, AMB-40), else the company's (AU-05)."""
    texts = {column.name: column for column in written}
    parts = [texts[part].text for part in ("first_name", "last_name") if part in texts]
    company = texts["company"].text if company_too and "company" in texts else None
    if not parts and company is None:
        return []
    told = texts.get("name") or _unparsed(BY_NAME["name"], no_faults(written[0].text))
    joined = pl.select(pl.concat_str(parts, separator=" ", ignore_nulls=True)).to_series() if parts else told.text
    named = pl.select(pl.coalesce(told.text, when(joined != "", joined, None))).to_series()
    if company is None:
        return [replace(told, text=named)]
    called = int((named.is_null() & company.is_not_null()).sum())
    note = (Note("CALLED_BY_COMPANY", found=called),) if called else ()
    whole = pl.select(pl.coalesce(named, company)).to_series()
    return [replace(told, text=whole, parsed=replace(told.parsed, notes=(*told.parsed.notes, *note)))]


def _paid(found: Mapping[str, Column]) -> dict[str, Column]:
    """What was paid, where the amount's title says that it is that (`Amount paid`), so that nothing is due of it."""
    amount = found.get("amount")
    if amount is None or "paid_amount" in found or not says_paid(amount.title or ""):
        return {}
    parsed = Parsed(amount.parsed.values, no_faults(amount.text))
    return {"paid_amount": replace(amount, field=BY_NAME["paid_amount"], parsed=parsed)}


def _currency(written: list[Column], terms: Terms) -> list[Column]:
    """Each row's currency; blank where no amount stands beside it, for then there is nothing to convert (AMB-19)."""
    named = next((column for column in written if column.field.name == "currency"), None)
    amounts = [column.text for column in written if column.field.kind in MONEY_KINDS]
    currency = _currency_of_titles(written, terms)
    if not written or (named is None and currency == terms.base_currency):
        return []
    text = named.text.str.to_uppercase() if named else no_faults(written[0].text)
    # A row without an amount has nothing to convert, and is not rejected for its currency.
    has_amount = pl.any_horizontal([amount.is_not_null() for amount in amounts]) if amounts else pl.lit(False)
    filled = pl.select(pl.when(has_amount).then(text.fill_null(currency))).to_series()
    return [replace(named or _unparsed(BY_NAME["currency"], filled), text=filled)]


def _currency_of_titles(written: list[Column], terms: Terms) -> str:
    """The currency that the titles of amounts name (`Total (EUR)`), else the source's; several are none of ours.

    A sign that other currencies share (`kr`, `$`) is the source's where it can be; else it is as it was written.
    """
    titles = [read_amount_title(column.title or "") for column in written if column.field.kind in MONEY_KINDS]
    named = {told.currency(terms.currency) or told.mark for told in titles if told.currencies is not None}
    return "/".join(sorted(named)) or terms.currency


def _countries(columns: list[Column]) -> dict[str, Column]:
    """The country column, and what an administrative area says of country and region (AMB-27)."""
    by_name = {column.name: column for column in columns}
    told = {name: _noted(by_name[name], parse_countries(by_name[name].text)) for name in ["country"] if name in by_name}
    area = by_name.get("administrative_area")
    if area is None:
        return told
    found = dict(zip(("country", "region"), parse_places(area.text), strict=True))
    return told | {name: _besides(by_name.get(name), area, name, parsed) for name, parsed in found.items()}


def _besides(told: Column | None, area: Column, name: str, parsed: Parsed) -> Column:
    """A value from the administrative area where the field's own column has none."""
    if told is None:
        return Column(BY_NAME[name], 1, area.title, area.text, area.typed, parsed)
    values = told.parsed.values.fill_null(parsed.values) if told.parsed else parsed.values
    return replace(told, parsed=replace(parsed, values=values))


def _direction(columns: list[Column]) -> dict[str, Column]:
    """Which way money goes; what the shop itself paid is told where both sides of a payment have a column."""
    named = {column.name: column for column in columns}
    if "direction" not in named:
        return {}
    own = named["direction"]
    parsed = parse_directions(own.text, own.title)
    if {"recipient_email", "amount"} <= named.keys():
        parsed = replace(parsed, values=without_own_purchases(parsed.values, named["amount"].text))
    return {own.name: replace(own, parsed=parsed)}


def _email(columns: list[Column], direction: Column | None, height: int) -> tuple[dict[str, Column], pl.Series]:
    """Each row's address: of money that goes out its recipient's, where that has a column."""
    named = {column.name: column for column in columns}
    own, recipient, amount = (named.get(name) for name in ("email", "recipient_email", "amount"))
    if own is None:
        return {}, pl.repeat(None, height, dtype=pl.String, eager=True)
    if recipient is not None and amount is not None:
        ways = None if direction is None else direction.parsed.values
        own = replace(own, text=customers(own.text, recipient.text, amount.text, ways))
    further = [column for column in columns if column.field.name == "email" and column.rank > 1]
    ranked = [replace(own, text=placeholders.without_signs(own.text, [each.text for each in further])), *further]
    read = [parse_emails(column.text) for column in ranked]
    keys = read[0][1]
    # From the last rank to the first, so that the first one written decides.
    for column, (_, mine) in zip(reversed(ranked), reversed(read), strict=True):
        keys = mine if column is ranked[-1] else when(column.text.is_null(), keys, mine)
    return {column.name: _noted(column, parsed) for column, (parsed, _) in zip(ranked, read, strict=True)}, keys


def _parse(
    column: Column, terms: Terms, countries: Mapping[str, Column], zero: date | None, titles: tuple[str, ...]
) -> Parsed:
    """One column by the kind of its field."""
    text, typed = column.text, column.typed
    country = countries["country"].parsed.values if "country" in countries else None
    match column.field.kind:
        case "amount" | "average" | "count":
            return _parse_numbers(column, terms)
        case "identifier":
            return parse_identifiers(text, typed)
        case "date":
            return parse_dates(text, terms.source.locale, typed, zero, terms.seen_of(column.name))
        case "phone":
            from pipelines.parsing.phones.phones import parse_phones  # the plans of the world take long to import

            return parse_phones(text, terms.source.default_country, typed, country, terms.phone_library)
        case "vat":
            from pipelines.parsing.vat import parse_vat_numbers  # as those of its numbers

            return parse_vat_numbers(text, country, column.title, terms.source.default_country)
        case "postal_code":
            return parse_postal_codes(text, country, terms.source.default_country, typed)
        case "currency":
            return Parsed(text, when(text != terms.base_currency, "CURRENCY_NOT_CONVERTIBLE", None))
        case "payment_status":
            return parse_payment_statuses(text, titles)
        case _:
            return look_up(column.field.name, text, _parse_words(column), terms)


def _parse_numbers(column: Column, terms: Terms) -> Parsed:
    """Amounts, averages and counts, in the currency and the unit that their title names (PIT-107)."""
    title, text, typed, locale = read_amount_title(column.title or ""), column.text, column.typed, terms.source.locale
    currency, shift, seen = title.currency(terms.currency), title.power(terms.decimals), terms.seen_of(column.name)
    match column.field.kind:
        case "amount":
            parsed = parse_amounts(text, terms.decimals, locale, typed, currency, seen, shift)
        case "average":
            parsed = parse_averages(text, locale, typed, currency, seen, shift)
        case _:
            parsed = parse_counts(text, locale, typed, seen)
            # `in thousands` scales a count; cents are no unit of one.
            parsed = replace(parsed, values=parsed.values * 10 ** max(shift, 0))
    return _in_units(column, parsed, title, terms) if shift else parsed


def _in_units(column: Column, parsed: Parsed, title: AmountTitle, terms: Terms) -> Parsed:
    """The numbers with what is to be said of them: they are not those that the sender wrote."""
    first = pl.DataFrame({"written": column.text, "value": parsed.values}).drop_nulls().head(1)
    shown = " → ".join(map(str, first.row(0))) if first.height else "–"
    return replace(parsed, notes=(*parsed.notes, Note("UNIT_IN_TITLE", found=shown, expected=title.mark)))


PARSERS: Mapping[Kind, Callable[[pl.Series], Parsed]] = {
    "flag": parse_flags,
    "status": parse_statuses,
    "position": parse_positions,
    "groups": parse_groups,
    "event": parse_events,
    "instant": parse_instants,
    "consent": parse_consents,
}
"""What is read by its own words, whatever else the file says."""


def _parse_words(column: Column) -> Parsed:
    if column.field.kind == "email":
        return parse_emails(column.text)[0]
    if column.field.kind in PARSERS:
        return PARSERS[column.field.kind](column.text)
    return replace(column.parsed, values=column.text)
