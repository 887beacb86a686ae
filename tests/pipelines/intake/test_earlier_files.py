"""A short list whose bytes do not tell its encoding is read as its source's earlier files; never against the bytes."""

from pathlib import Path

import pytest

from pipelines.configuration.settings import FileSource, Sources
from pipelines.home import Home
from pipelines.models.staged_file import StagedFile
from tests.support.flow import commit_all, file_one, table, undo

TITLES = "Name;Email;City\n"
EARLIER = {
    "cp1250": ("Łukasz Wójcik;Gdańsk", "Małgorzata Żak;Łódź", "Paweł Dąbrowski;Poznań", "Józef Mróz;Częstochowa"),
    "cp1252": ("Hélène Lefèvre;Orléans", "François Noël;Nîmes", "Günther Weiß;Köln", "Benoît Forêt;Besançon"),
}
SHORT = {"cp1250": "Zbigniew Żak;Gdańsk", "cp1252": "José Muñoz;Málaga"}
SOURCES = Sources(sources={"shop": FileSource(), "other": FileSource()}, base_currency="USD")


def listed(rows: tuple[str, ...], start: int) -> str:
    return TITLES + "".join(
        ";".join((row.split(";")[0], f"p{number}@example.com", row.split(";")[1])) + "\n"
        for number, row in enumerate(rows, start=start)
    )


def filed(home: Home, text: str, encoding: str, source: str = "shop") -> StagedFile:
    path = home.root / "drops" / f"{source}-{abs(hash(text))}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))
    return file_one(home, path, source, SOURCES)


def book_earlier(home: Home, encoding: str, source: str = "shop") -> str:
    told = {"encoding": encoding}
    path = home.root / "drops" / f"earlier-{encoding}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(listed(EARLIER[encoding], 100).encode(encoding))
    outcome = commit_all(home, [file_one(home, path, source, SOURCES, **told)])[0]
    assert outcome.status == "done", outcome
    return outcome.import_id


def code(staged_file: StagedFile) -> str | None:
    return staged_file.reason.code if staged_file.reason else None


@pytest.mark.parametrize("encoding", ["cp1250", "cp1252"])
def test_an_undecided_list_is_read_as_earlier_ones_of_its_source_and_says_so(home: Home, encoding: str) -> None:
    short = listed((SHORT[encoding],), 1)
    assert code(filed(home, short, encoding)) == "ENCODING_UNDECIDABLE", "the case must be one"
    book_earlier(home, encoding)
    staged_file = filed(home, short, encoding)
    assert staged_file.reason is None
    assert [warning for warning in staged_file.warnings if warning.startswith("ENCODING_AS_BEFORE")]
    assert (
        staged_file.dialect
        and staged_file.dialect["encoding"] == encoding
        and "earlier lists" in str(staged_file.dialect["evidence"])
    )
    commit_all(home, [staged_file])
    assert SHORT[encoding].split(";")[0] in table(home)["name"].to_list()


def test_files_of_another_source_or_undone_ones_say_nothing(home: Home) -> None:
    short = listed((SHORT["cp1252"],), 1)
    book_earlier(home, "cp1252", "other")
    assert code(filed(home, short, "cp1252")) == "ENCODING_UNDECIDABLE"
    undo(home, book_earlier(home, "cp1252"))
    assert code(filed(home, short, "cp1252")) == "ENCODING_UNDECIDABLE"


def test_earlier_files_of_two_encodings_say_nothing(home: Home) -> None:
    book_earlier(home, "cp1250")
    book_earlier(home, "cp1252")
    assert code(filed(home, listed((SHORT["cp1252"],), 1), "cp1252")) == "ENCODING_UNDECIDABLE"


@pytest.mark.parametrize(("earlier", "real"), [("cp1250", "cp1252"), ("cp1252", "cp1250")])
def test_an_earlier_file_never_stands_against_the_bytes(home: Home, earlier: str, real: str) -> None:
    book_earlier(home, earlier)
    whole = filed(home, listed(EARLIER[real], 1), real)
    assert whole.dialect and whole.dialect["encoding"] == real, "enough words tell it"
    assert "ENCODING_AS_BEFORE" not in " ".join(whole.warnings)
    assert code(filed(home, listed((SHORT[real],), 1), real)) == "ENCODING_UNDECIDABLE", "it reads better otherwise"


def test_a_list_in_utf_8_is_utf_8_whatever_came_before(home: Home) -> None:
    book_earlier(home, "cp1250")
    staged_file = filed(home, listed((SHORT["cp1250"],), 1), "utf-8")
    assert (
        staged_file.dialect
        and staged_file.dialect["encoding"] == "utf-8"
        and "ENCODING" not in str(staged_file.warnings)
    )


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "data")
