"""A reject CSV that a spreadsheet opened and saved: untouched cells are what they were."""

import re
import subprocess
from pathlib import Path

import pytest

from pipelines.configuration.settings import FileSource, Sources
from pipelines.home import Home
from tests.support.flow import import_file, import_text, table

SOURCES = Sources(sources={"shop": FileSource(locale="fr", default_country="FR")})
LIST = (
    "email,name,external_id,phone,total_spent,first_payment_date,postal_code\n"
    "ok@example.com,Ok,000041,+33612345670,1.00,13/06/2025,01000\n"
    "ann@@example,Ann,000042,+33612345678,2.50,05/06/2025,01000\n"
    "bob@@example,Bob,12345678901234567,0612345679,10.00,06/06/2025,00950\n"
)
AS_LIBREOFFICE_SAVES = (
    ("000042", "42"),
    ("12345678901234567", "1.23456789012346E+016"),
    ("+33612345678", "33612345678"),
    ("0612345679", "612345679"),
    ("2.50", "2.5"),
    ("10.00", "10"),
    ("05/06/2025", "05/06/25"),
    ("06/06/2025", "06/06/25"),
    ("01000", "1000"),
    ("00950", "950"),
)
"""Seen of LibreOffice 7.4.7, in whose English locale the file was opened and saved as CSV."""

VALUES = ("email", "external_id", "phone", "total_spent", "first_payment_date", "postal_code")


def customers(home: Home) -> dict[str, tuple[str, ...]]:
    return {
        row["name"]: tuple(str(row[value]) for value in VALUES)
        for row in table(home, "customers").iter_rows(named=True)
    }


def mended(text: str) -> str:
    return text.replace("ann@@example", "ann@example.com").replace("bob@@example", "bob@example.com")


def rejected(home: Home) -> str:
    first = import_text(home, LIST, sources=SOURCES)
    assert first.rows_rejected == 2
    return (home.rejects / f"{first.import_id}.csv").read_text("utf-8-sig")


def as_saved(text: str) -> str:
    for was, now in AS_LIBREOFFICE_SAVES:
        assert f'"{was}"' in text
        text = text.replace(f'"{was}"', now)
    return text


@pytest.mark.rule("RF-25")
def test_untouched_cells_come_back_as_they_were(home: Home, tmp_path: Path) -> None:
    text = rejected(home)
    path = tmp_path / "rejects.csv"
    path.write_text(as_saved(mended(text)), "utf-8")
    again = import_file(home, path, sources=SOURCES)
    assert (again.rows_accepted, again.rows_rejected) == (2, 0), again.message
    found = customers(home)
    assert found["Ann"][1:] == ("000042", "+33612345678", "2.500", "2025-06-05", "01000")
    assert found["Bob"][1] == "12345678901234567" and found["Bob"][3:] == ("10.000", "2025-06-06", "00950")


@pytest.mark.rule("RF-25")
def test_an_edited_cell_counts_as_edited(home: Home, tmp_path: Path) -> None:
    text = as_saved(mended(rejected(home))).replace(",42,", ",4242,").replace("2.5", "3.5")
    path = tmp_path / "rejects.csv"
    path.write_text(text, "utf-8")
    again = import_file(home, path, sources=SOURCES)
    assert again.rows_accepted == 2, again.message
    assert customers(home)["Ann"][1:4] == ("4242", "+33612345678", "3.500")


@pytest.mark.rule("RF-25")
@pytest.mark.libreoffice
def test_libreoffice_itself_gives_the_cells_back(home: Home, tmp_path: Path) -> None:
    source = tmp_path / "in" / "rejects.csv"
    source.parent.mkdir()
    source.write_text(mended(rejected(home)), "utf-8-sig")
    delimiter = ord(re.findall(r'"([,;])"', source.read_text("utf-8-sig"))[0])
    words = ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile"]
    words += [f"--infilter=CSV:{delimiter},34,76,1,,1033,false,true", "--convert-to"]
    kind = f"csv:Text - txt - csv (StarCalc):{delimiter},34,76,1,,0,false,true"
    subprocess.run([*words, kind, "--outdir", str(tmp_path), str(source)], check=True, capture_output=True, timeout=180)
    saved = (tmp_path / "rejects.csv").read_text("utf-8")
    assert "1.23456789012346E+016" in saved and "000042" not in saved
    again = import_file(home, tmp_path / "rejects.csv", sources=SOURCES)
    assert again.rows_accepted == 2, again.message
    assert customers(home)["Ann"][1:] == ("000042", "+33612345678", "2.500", "2025-06-05", "01000")
    assert customers(home)["Bob"][1] == "12345678901234567"
