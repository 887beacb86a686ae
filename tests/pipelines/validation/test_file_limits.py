"""The file gate: what is allowed passes to the last byte and row, what is beyond is refused with both figures."""

from dataclasses import replace

import pytest

from pipelines.errors import FileRefused
from pipelines.models.sheet import ReadingOptions, Sheet
from pipelines.reading.read_file import read_file
from pipelines.validation.file_limits import check_bytes, check_encoding, check_format, check_rejects, check_sheet
from schemas.profiles import MAX_BYTES, PROFILES, Profile

REVEAL, SMART, DEFAULT = PROFILES["reveal_field"], PROFILES["smartcrm"], PROFILES["default"]


def sheet(rows: int, delimiter: str = ",") -> Sheet:
    lines = [delimiter.join(("name", "phone"))] + [delimiter.join(("Ann", str(n))) for n in range(rows)]
    return read_file("\n".join(lines).encode())


def refused(check: object, *arguments: object) -> FileRefused:
    with pytest.raises(FileRefused) as refusal:
        check(*arguments)  # type: ignore[operator]  # a function, parametrised
    return refusal.value


@pytest.mark.rule("RF-08", "RF-09", "RF-10", "AMB-31")
@pytest.mark.parametrize(("kind", "megabytes"), [("csv", 20), ("xls", 10), ("xlsx", 5)])
def test_a_file_may_have_its_formats_limit_and_not_a_byte_more(kind: str, megabytes: int) -> None:
    limit = megabytes * 1_000_000
    check_format(kind, limit, REVEAL)
    refusal = refused(check_format, kind, limit + 1, REVEAL)
    assert (refusal.reason.code, refusal.reason.value) == ("FILE_TOO_LARGE", str(limit + 1))
    assert f"{limit:,} bytes" in refusal.reason.message


def test_before_reading_a_file_may_be_as_large_as_the_largest_format() -> None:
    check_bytes(20_000_000, REVEAL)
    assert refused(check_bytes, 20_000_001, REVEAL).reason.code == "FILE_TOO_LARGE"
    assert refused(check_bytes, MAX_BYTES + 1, DEFAULT).reason.code == "FILE_TOO_LARGE"


@pytest.mark.rule("RF-01", "SC-16", "AMB-28")
@pytest.mark.parametrize(
    ("profile", "kind", "language", "sentence"),
    [
        (SMART, "xlsx", "pl", "Nieprawidłowy format pliku: xlsx. Oczekiwano: csv."),
        (REVEAL, "ods", "fr", "Format de fichier invalide : ods. Attendu : csv, xlsx, xls."),
        (PROFILES["mono_editor"], "csv", "en", "Invalid file format: csv. Expected xlsx."),
        (PROFILES["upflow"], "xls", "en", "Invalid file format: xls. Expected csv."),
    ],
)
def test_a_format_that_the_profile_does_not_take_is_refused(
    profile: Profile, kind: str, language: str, sentence: str
) -> None:
    assert refused(check_format, kind, 10, profile, language).reason.message == sentence


LIST = "nom;mobile\n" + "".join(f"Hélène Lefèvre {n};06 12 34 56 0{n}\n" for n in range(9))


@pytest.mark.rule("RF-01", "AMB-29")
@pytest.mark.parametrize("codec", ["cp1252", "utf-16", "utf-16-le"])
def test_text_in_another_encoding_is_refused_where_only_utf8_is_taken(codec: str) -> None:
    sheet = read_file(LIST.encode(codec), told=ReadingOptions(spoken="fr"))
    check_encoding(sheet, DEFAULT)
    told = refused(check_encoding, sheet, REVEAL, "fr").reason.message
    assert told == f"Format de fichier invalide : csv: {codec}. Attendu : csv: utf-8."


@pytest.mark.rule("RF-01")
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig"])
def test_utf8_with_or_without_its_mark_passes(codec: str) -> None:
    check_encoding(read_file(LIST.encode(codec)), REVEAL)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
def test_every_format_of_a_profile_passes(profile: Profile) -> None:
    for kind in profile.formats:
        check_format(kind, 10, profile)


@pytest.mark.rule("RF-07")
def test_ten_thousand_rows_pass_and_one_more_does_not() -> None:
    check_sheet(sheet(10_000), REVEAL)
    blank_too = read_file(("name,phone\n" + "Ann,1\n" * 10_000 + ",\n" * 5).encode())
    assert blank_too.blank_count == 5
    check_sheet(blank_too, REVEAL)
    refusal = refused(check_sheet, sheet(10_001), REVEAL)
    assert (refusal.reason.code, refusal.reason.value) == ("TOO_MANY_ROWS", "10001")


@pytest.mark.rule("AMB-32")
def test_without_a_limit_any_number_of_rows_passes() -> None:
    check_sheet(sheet(10_001), DEFAULT)


@pytest.mark.rule("UP-09")
@pytest.mark.parametrize("delimiter", [";", ",", "|"])
def test_the_separators_of_upflow_pass(delimiter: str) -> None:
    check_sheet(sheet(1, delimiter), PROFILES["upflow"])


@pytest.mark.rule("UP-09")
def test_another_separator_than_upflows_is_refused() -> None:
    refusal = refused(check_sheet, sheet(1, "\t"), PROFILES["upflow"])
    assert refusal.reason.code == "INVALID_FILE_FORMAT"
    assert (refusal.reason.value, "csv: ; , |" in refusal.reason.message) == ("csv: TAB", True)


@pytest.mark.rule("AMB-34")
@pytest.mark.parametrize(
    ("rows", "rejected", "ratio", "passes"),
    [
        (20, 10, 0.5, True),
        (20, 11, 0.5, False),
        (19, 19, 0.5, True),
        (1000, 500, 0.5, True),
        (1000, 501, 0.5, False),
        (10, 0, 0.0, True),
        (100, 1, 0.0, False),
        (100, 30, 0.3, True),
        (100, 31, 0.3, False),
        (0, 0, 0.5, True),
    ],
)
def test_a_larger_share_of_rejected_rows_than_allowed_refuses_the_file(
    rows: int, rejected: int, ratio: float, passes: bool
) -> None:
    profile = replace(DEFAULT, max_reject_ratio=ratio)
    if passes:
        check_rejects(rows, rejected, profile)
    else:
        refusal = refused(check_rejects, rows, rejected, profile)
        assert (refusal.reason.code, refusal.reason.value) == ("REJECT_RATIO_EXCEEDED", f"{rejected} / {rows}")
        assert f"allowed: {round(ratio * 100)} %" in refusal.reason.message


@pytest.mark.rule("SC-07")
@pytest.mark.parametrize("rows", [1, 2, 100])
def test_under_the_policy_abort_one_rejected_row_refuses_the_file(rows: int) -> None:
    check_rejects(rows, 0, SMART)
    assert refused(check_rejects, rows, 1, SMART).reason.code == "REJECT_RATIO_EXCEEDED"
