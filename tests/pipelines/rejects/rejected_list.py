"""A list with faults of many kinds, its reject files, and what a person mends in them."""

import csv
import io
from pathlib import Path

from pipelines.home import Home
from pipelines.models.staged_file import Outcome

LIST = (
    "Nom;E-mail;Montant total;Premier paiement;Note\n"
    "Ana;ana@x.fr;1 234,50;24/12/2025;=1+1\n"
    'Bob;bob(at)x.fr;1.234;03/04/2025;=HYPERLINK("http://x")\n'
    "Cid;cid@x.fr;abc;05/06/2025;+33 1 23\n"
    "Dan;;12,00;05/06/2025;-12,00\n"
    "Eve;eve@x.fr;5;06/07/2025;007\n"
)


def csv_of(home: Home, outcome: Outcome) -> Path:
    return home.rejects / f"{outcome.import_id}.csv"


def cells_of(path: Path, delimiter: str = ";") -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline=""), delimiter=delimiter))


def mended(home: Home, path: Path, mends: dict[str, str], name: str = "mended.csv") -> Path:
    """The file with some texts replaced, as an editor would save it."""
    text = path.read_bytes().decode("utf-8-sig")
    for before, after in mends.items():
        assert before in text
        text = text.replace(before, after)
    target = home.root / "drops" / name
    target.write_bytes(text.encode("utf-8-sig"))
    return target
