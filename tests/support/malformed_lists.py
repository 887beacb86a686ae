"""Customer lists as programs write them, and the same lists with one row spoilt: seeded, without end.

Lives here: making the lists and spoiling a row. Not here: what must come of them
(`tests/pipelines/reading/text/test_malformed_rows.py`).
"""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

DELIMITERS = ",;|\t"
TITLES = {
    "en": "Email,Name,Company,City,Country,Phone,Total spent,Last payment,Customer ID,Notes",
    "fr": "E-mail,Nom,Société,Ville,Pays,Téléphone,Total dépensé,Dernier paiement,Code client,Remarques",
    "pl": "E-mail,Nazwa,Firma,Miasto,Kraj,Telefon,Suma wydatków,Ostatnia płatność,Kod klienta,Uwagi",
    "de": "E-Mail,Name,Firma,Ort,Land,Telefon,Gesamtumsatz,Letzte Zahlung,Kundennummer,Bemerkung",
    "es": "Correo electrónico,Nombre,Empresa,Ciudad,País,Teléfono,Total gastado,Último pago,Código cliente,Notas",
    "it": "E-mail,Nome,Azienda,Città,Paese,Telefono,Totale speso,Ultimo pagamento,Codice cliente,Note",
}
REQUIRED = 2
"""The first titles, which every list has."""

PEOPLE = ["Ann Lee", "Lee, Bob", "Zoé Martin", "Łukasz Żak", 'Jo "JJ" Smith', "Max O'Neil", "Nowak; Ewa", "Cid"]
COMPANIES = ["Acme Ltd", "Müller & Söhne GmbH", "Paper | Ink", "", "Lee, Roe and Sons", 'Pub "The Crown"', "Sté Ébène"]
CITIES = ["Paris", "Łódź", "Köln", "Madrid", "Roma", "", "New York"]
COUNTRIES = ["FR", "PL", "DE", "ES", "IT", "", "US"]
NOTES = ["", "", "calls back", "two\nlines", "12 % off, always", "a;b", 'said "yes"', "x | y"]


@dataclass(frozen=True)
class Written:
    """A list as a text: its records, how they are parted, how cells are enclosed and lines end."""

    records: tuple[str, ...]
    delimiter: str
    quoting: int
    escaped: bool
    end: str

    @property
    def content(self) -> bytes:
        """The bytes of the file."""
        return self.end.join((*self.records, "")).encode()


def row(random: Random, place: int) -> list[str]:
    """One customer, whose e-mail is no other's."""
    return [
        f"c{place}@example.com",
        random.choice(PEOPLE),
        random.choice(COMPANIES),
        random.choice(CITIES),
        random.choice(COUNTRIES),
        f"+3361234{random.randint(1000, 9999)}" if random.random() < 0.7 else "",
        f"{random.randint(1, 900)}.{random.randint(10, 99)}" if random.random() < 0.8 else "",
        f"2025-{random.randint(1, 12):02}-{random.randint(1, 28):02}" if random.random() < 0.7 else "",
        f"K{place:04}",
        random.choice(NOTES),
    ]


def good_list(random: Random, trailing: int = 0) -> Written:
    """A list of some customers in one of many ways of writing; `trailing`: delimiters at the end of every record."""
    titles = random.choice(list(TITLES.values())).split(",")
    others = random.sample(range(REQUIRED, len(titles)), random.randint(1, len(titles) - REQUIRED))
    places = [*range(REQUIRED), *(others if random.random() < 0.5 else sorted(others))]
    if random.random() < 0.3:
        random.shuffle(places)
    rows = [row(random, place) for place in range(random.randint(4, 14))]
    delimiter = random.choice(DELIMITERS)
    quoting = random.choice([csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    escaped = random.random() < 0.15
    table = [[record[place] for place in places] + [""] * trailing for record in (titles, *rows)]
    form = Written((), delimiter, quoting, escaped, random.choice(["\n", "\r\n"]))
    return replace(form, records=tuple(_record(cells, form) for cells in table))


def _record(cells: list[str], form: Written) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(
        out,
        delimiter=form.delimiter,
        quoting=csv.QUOTE_ALL if form.quoting == csv.QUOTE_ALL else csv.QUOTE_MINIMAL,
        lineterminator="\n",
        doublequote=not form.escaped,
        escapechar="\\" if form.escaped else None,
    )
    writer.writerow(cells)
    return out.getvalue().removesuffix("\n")


def _outside(record: str, form: Written) -> list[int]:
    """The places of a record that are not within quotes."""
    places, inside, skip = [], False, False
    for place, sign in enumerate(record):
        if skip:
            skip = False
        elif form.escaped and sign == "\\":
            skip = True
        elif sign == '"':
            inside = not inside
        elif not inside:
            places.append(place)
    return places


def extra_delimiter(record: str, form: Written, random: Random) -> str:
    """One delimiter too many, beside another or within a cell that is not enclosed."""
    place = random.choice([*_outside(record, form), len(record)])
    return record[:place] + form.delimiter + record[place:]


def missing_delimiter(record: str, form: Written, random: Random) -> str:
    """One delimiter too few."""
    place = random.choice([place for place in _outside(record, form) if record[place] == form.delimiter])
    return record[:place] + record[place + 1 :]


def missing_cell(record: str, form: Written, random: Random) -> str:
    """One cell less, its delimiter with it."""
    edges = [place for place in _outside(record, form) if record[place] == form.delimiter]
    place = random.randrange(len(edges))
    end = edges[place + 1] if place + 1 < len(edges) else len(record)
    return record[: edges[place]] + record[end:]


def stray_quote(record: str, form: Written, random: Random) -> str:
    """A quote anywhere."""
    place = random.randint(0, len(record))
    return record[:place] + '"' + record[place:]


def lost_quote(record: str, form: Written, random: Random) -> str:
    """One of the quotes lost; where there is none, one too many."""
    quotes = [place for place, sign in enumerate(record) if sign == '"']
    if not quotes:
        return stray_quote(record, form, random)
    place = random.choice(quotes)
    return record[:place] + record[place + 1 :]


def wrong_delimiter(record: str, form: Written, random: Random) -> str:
    """Another delimiter in the place of one."""
    place = random.choice([place for place in _outside(record, form) if record[place] == form.delimiter])
    return record[:place] + random.choice(DELIMITERS.replace(form.delimiter, "")) + record[place + 1 :]


FAULTS: tuple[Callable[[str, Written, Random], str], ...] = (
    extra_delimiter,
    missing_delimiter,
    missing_cell,
    stray_quote,
    lost_quote,
    wrong_delimiter,
)


def spoil(written: Written, fault: Callable[[str, Written, Random], str], random: Random) -> tuple[int, Written]:
    """The list with one row spoilt, and which of its records that is."""
    place = random.randrange(1, len(written.records))
    record = fault(written.records[place], written, random)
    return place, replace(written, records=(*written.records[:place], record, *written.records[place + 1 :]))
