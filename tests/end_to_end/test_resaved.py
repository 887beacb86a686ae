"""Reject files that LibreOffice opened and saved again: still themselves, and mended all the same."""

import subprocess
from pathlib import Path

import pytest

from pipelines.home import Home
from pipelines.models.staged_file import Outcome
from pipelines.reading.containers.formats import format_of
from tests.support.flow import import_file, import_text, table

pytestmark = pytest.mark.libreoffice

SOFFICE = Path("/usr/bin/soffice")
LIST = (
    "Nom;E-mail;Montant total;Premier paiement;Note;Code\n"
    "Ana;ana@x.fr;1 234,50;24/12/2025;x;1\n"
    "Bob;@bob;1.234;03/04/2025;=1+1;007\n"
    "Cid;cid;-12,00;05/06/2025;+33 1 23;'=x\n"
    "Dan;dan;2,50;05/06/2025;0,10;  two  \n"
)
CSV_UTF8 = "csv:Text - txt - csv (StarCalc):59,34,76,1"


def saved_again(path: Path, kind: str, folder: Path, *options: str) -> Path:
    """The file as LibreOffice saves it."""
    if not SOFFICE.exists():
        pytest.skip("LibreOffice is not here")
    words = [
        str(SOFFICE),
        "--headless",
        f"-env:UserInstallation=file://{folder}/profile",
        *options,
        "--convert-to",
        kind,
    ]
    subprocess.run([*words, "--outdir", str(folder), str(path)], check=True, capture_output=True, timeout=180)
    return folder / f"{path.stem}.{kind.split(':')[0]}"


def rejected_texts(home: Home, outcome: Outcome) -> list[str]:
    return (
        table(home, "rejected_rows")
        .filter(import_id=outcome.import_id, severity="row")
        .sort("row_number")["row"]
        .to_list()
    )


@pytest.mark.rule("RF-25")
@pytest.mark.parametrize("kind", ["xlsx", "ods", CSV_UTF8])
def test_a_workbook_of_rejects_saved_by_libreoffice_gives_the_same_text(home: Home, tmp_path: Path, kind: str) -> None:
    first = import_text(home, LIST)
    path = saved_again(Path(first.reject_file or ""), kind, tmp_path)
    assert format_of(path.read_bytes()) == kind.split(":")[0]
    again = import_file(home, path)
    assert (again.rows_read, again.rows_rejected) == (3, 3)
    assert rejected_texts(home, again) == rejected_texts(home, first)
    assert table(home, "rejected_rows").filter(import_id=again.import_id)["retry_of_row_number"].sort().to_list() == [
        3,
        4,
        5,
    ]


@pytest.mark.rule("RF-25")
def test_a_csv_of_rejects_opened_and_saved_by_libreoffice_keeps_its_rows(home: Home, tmp_path: Path) -> None:
    first = import_text(home, LIST)
    path = home.rejects / f"{first.import_id}.csv"
    mended = tmp_path / "mended.csv"
    mended.write_bytes(path.read_bytes().replace(b'"@bob"', b'"bob@x.fr"').replace(b'"\'@bob"', b'"bob@x.fr"'))
    second = import_file(home, saved_again(mended, "xlsx", tmp_path, "--infilter=CSV:59,34,76,1,,0,true"))
    assert (second.rows_accepted, second.rows_rejected) == (1, 2)
    resolved = (
        table(home, "rejected_rows").filter(import_id=first.import_id).sort("row_number")["resolved_by_import_id"]
    )
    assert resolved.to_list() == [second.import_id, None, None]
