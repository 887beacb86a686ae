"""What a file is, by its content: what can be read, what is refused and what it seems to be."""

import io
import zipfile

import polars as pl
import pytest

from pipelines.errors import FileRefused
from pipelines.reading.containers import formats
from pipelines.reading.containers.formats import format_of
from schemas.sentences.note import Note
from tests.support.workbooks import archive, changed, ods, xls, xlsx

ROWS = [["email", "name"], ["a@x.fr", "Zoé"]]
CONTENT_TYPES = "[Content_Types].xml"


def refusal(content: bytes, language: str = "en") -> tuple[str, str]:
    with pytest.raises(FileRefused) as refused:
        format_of(content, language)
    return refused.value.reason.code, refused.value.reason.message


@pytest.mark.rule("RF-01")
@pytest.mark.parametrize(("made", "kind"), [(xlsx(ROWS), "xlsx"), (xls(ROWS), "xls"), (ods(ROWS), "ods")])
def test_a_workbook_is_known_by_its_content(made: bytes, kind: str) -> None:
    assert format_of(made) == kind


@pytest.mark.rule("RF-01")
def test_a_binary_workbook_is_known_by_its_content_types() -> None:
    types = '<Override ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/>'
    assert format_of(archive({CONTENT_TYPES: types, "xl/workbook.bin": b""})) == "xlsb"


BINARY = "application/vnd.ms-excel.sheet.binary.macroEnabled.main"
PLAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
TEXT = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument"
USUAL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"


def package(target: str | None, declared: str, relation: str = USUAL) -> bytes:
    links = f'<Relationships xmlns="r"><Relationship Type="{relation}" Target="{target}"/></Relationships>'
    parts = {CONTENT_TYPES: f'<Types xmlns="t">{declared}</Types>', "xl/a": ""}
    return archive({**parts, "_rels/.rels": links} if target else parts)


def default(ending: str, type_: str) -> str:
    return f'<Default Extension="{ending}" ContentType="{type_}"/>'


def override(part: str, type_: str) -> str:
    return f"<Override PartName='{part}' ContentType='{type_}'/>"


@pytest.mark.rule("RF-01")
@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (package("xl/workbook.xml", default("bin", BINARY) + override("/xl/workbook.xml", PLAIN)), "xlsx"),
        (package("/xl/workbook.xml", default("bin", BINARY) + override("/XL/Workbook.xml", PLAIN), STRICT), "xlsx"),
        (package("./xl/workbook.xml", default("bin", BINARY) + default("xml", PLAIN)), "xlsx"),
        (package("xl/workbook.bin", default("xml", PLAIN) + default("bin", BINARY)), "xlsb"),
        (package("xl/workbook.bin", override("/xl/workbook.bin", BINARY) + override("/xl/a", PLAIN)), "xlsb"),
        (package(None, default("bin", BINARY) + override("/xl/workbook.xml", PLAIN)), "xlsx"),
    ],
)
def test_the_type_of_the_workbooks_own_part_tells_its_format(content: bytes, kind: str) -> None:
    """SheetJS 0.18 to 0.20 declares a type of xlsb beside its own in every xlsx; OpenXML SDK a type for every `xml`."""
    assert format_of(content) == kind


@pytest.mark.rule("RF-01")
def test_a_text_document_that_holds_a_workbook_is_none() -> None:
    held = default("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    assert "Word" in refusal(package("word/document.xml", held + override("/word/document.xml", TEXT)))[1]


@pytest.mark.rule("PIT-17")
@pytest.mark.parametrize(
    "content",
    [
        b"email;name\na@x.fr;Zo\n",
        b"\xef\xbb\xbfemail,name\n",
        "email\tname\n".encode("utf-16"),
        b"<anna@x.fr>,Anna\n<max@x.fr>,Max\n",
        b"{name},email\n",
        b"[email],[name]\na@x.fr,Zo\n",
        b"",
        b"PKW,email\n",
        b"\tname\n",
    ],
)
def test_any_text_is_text_even_where_it_opens_like_something_else(content: bytes) -> None:
    assert format_of(content) == "csv"


@pytest.mark.rule("PIT-17")
@pytest.mark.parametrize(
    ("content", "seeming"),
    [
        (b"<html><body><table><tr><td>email</td></tr></table>", "html"),
        (b"\xef\xbb\xbf\r\n  <!DOCTYPE HTML>\n<table>", "html"),
        (b"<table border=1><tr><td>email", "html"),
        ("<html><table>".encode("utf-16"), "html"),
        ("<html><table>".encode("utf-16-le"), "html"),
        (b"<META http-equiv=content-type><style>", "html"),
        (
            b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
            b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
            "xml_spreadsheet",
        ),
        (b'<?xml version="1.0"?><office:document office:mimetype="x">', "flat_ods"),
        (b'<?xml version="1.0"?><customers>', "xml"),
        (b'{"email": "a@x.fr"}\n{"email": "b@x.fr"}\n', "json"),
        (b'[{"email": "a@x.fr"}]', "json"),
        (b'[["email", "name"]]', "json"),
        (b"%PDF-1.7\nemail,name\n", "pdf"),
        (b"{\\rtf1\\ansi email}", "rtf"),
        (b"\x1f\x8b\x08 packed", "gzip"),
        (b"\x28\xb5\x2f\xfd packed", "zstd"),
        (b"7z\xbc\xaf\x27\x1c packed", "seven_zip"),
        (b"\x89PNG\r\n\x1a\n", "image"),
        (b"\xff\xd8\xff\xe0 JFIF", "image"),
        (b"PAR1 columns", "parquet"),
        (b"\x09\x00\x04\x00\x02\x00\x10\x00", "old_biff"),
        (b"\x09\x04\x06\x00\x00\x00\x10\x00", "old_biff"),
        (archive({"list.csv": "email\n"}), "zip"),
        (archive({}), "zip"),
        (archive({CONTENT_TYPES: "application/wordprocessingml.document.main"}), "word"),
        (archive({CONTENT_TYPES: "application/presentationml.slide"}), "slides"),
        (archive({"mimetype": "application/vnd.oasis.opendocument.text"}), "open_document"),
        (archive({"Index/Tables.iwa": b""}), "numbers"),
    ],
)
@pytest.mark.parametrize("language", ["en", "fr", "pl"])
def test_what_is_no_table_is_refused_with_what_it_seems_to_be(content: bytes, seeming: str, language: str) -> None:
    code, sentence = refusal(content, language)
    assert code == "INVALID_FILE_FORMAT"
    assert Note(f"is_{seeming}").sentence(language) in sentence


def test_a_protected_open_document_is_refused_by_name() -> None:
    manifest = "<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>"
    mimetype = "application/vnd.oasis.opendocument.spreadsheet"
    assert refusal(archive({"mimetype": mimetype, "META-INF/manifest.xml": manifest}))[0] == "PASSWORD_PROTECTED"


def test_a_protected_old_workbook_is_refused_by_name() -> None:
    """xlwt writes no password; the record is put where a spreadsheet program puts it, after the first record."""
    content = xls(ROWS)
    start = content.index(b"\x09\x08\x10\x00")
    length = int.from_bytes(content[start + 2 : start + 4], "little")
    second = start + 4 + length
    protected = content[:second] + b"\x2f\x00" + content[second + 2 :]
    assert refusal(protected)[0] == "PASSWORD_PROTECTED"


@pytest.mark.parametrize("part", [0.3, 0.9])
@pytest.mark.parametrize("made", [xlsx(ROWS), ods(ROWS)])
def test_a_container_that_is_cut_off_is_damaged(made: bytes, part: float) -> None:
    assert refusal(made[: int(len(made) * part)])[0] == "CORRUPT_FILE"


@pytest.mark.parametrize("length", [8, 100, 600])
def test_an_old_workbook_that_is_cut_off_is_damaged(length: int) -> None:
    assert refusal(xls(ROWS)[:length])[0] == "CORRUPT_FILE"


def test_an_ole_container_whose_sectors_go_round_in_circles_ends() -> None:
    content = xls(ROWS)
    assert refusal(content[:0x30] + b"\x00" * 0x20 + content[0x50:])[0] in ("CORRUPT_FILE", "INVALID_FILE_FORMAT")


def test_a_zip_with_a_password_is_refused_by_name() -> None:
    content = xlsx(ROWS)
    directory = content.index(b"PK\x01\x02")
    locked = content[: directory + 8] + b"\x01" + content[directory + 9 :]
    assert refusal(locked)[0] == "PASSWORD_PROTECTED"


@pytest.mark.parametrize("at", range(0, 400, 40))
def test_an_office_package_with_a_byte_changed_ends_in_an_orderly_way(at: int) -> None:
    content = xlsx(ROWS)
    place = content.index(b"[Content_Types].xml") + at
    try:
        assert format_of(content[:place] + b"\xff" + content[place + 1 :]) == "xlsx"
    except FileRefused as refused:
        assert refused.reason.code in ("CORRUPT_FILE", "INVALID_FILE_FORMAT")


def bomb(size: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as container:
        container.writestr(CONTENT_TYPES, "application/spreadsheetml.sheet.main")
        with container.open("xl/worksheets/sheet1.xml", "w") as part:
            for _ in range(size >> 20):
                part.write(b"0" * (1 << 20))
    return out.getvalue()


@pytest.mark.rule("PIT-19")
def test_a_container_that_unpacks_far_too_steeply_is_refused_unopened() -> None:
    code, sentence = refusal(bomb(60 << 20))
    assert code == "CORRUPT_FILE"
    assert "200 times" in sentence


@pytest.mark.rule("PIT-19")
def test_a_container_that_unpacks_to_too_much_is_refused_unopened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "LARGEST_UNPACKED", 1 << 20)
    code, sentence = refusal(bomb(2 << 20))
    assert code == "FILE_TOO_LARGE"
    assert "unpacked" in sentence


def test_a_workbook_with_macros_is_a_workbook() -> None:
    macro = changed(xlsx(ROWS), CONTENT_TYPES, lambda types: types.replace(b"sheet.main", b"sheet.macroEnabled.main"))
    assert format_of(macro) == "xlsx"


def test_our_own_parquet_is_refused_by_name_for_it_is_no_list_that_people_write() -> None:
    exported = io.BytesIO()
    pl.DataFrame({"email": ["a@example.com"], "total_spent": ["12.50"]}).write_parquet(exported)
    assert "Parquet" in refusal(exported.getvalue())[1]
    assert "Parquet" in refusal(exported.getvalue(), "fr")[1] and "Parquet" in refusal(exported.getvalue(), "pl")[1]
