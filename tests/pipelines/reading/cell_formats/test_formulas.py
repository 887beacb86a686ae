"""Formulas: which of them cannot give a number, so that a stored 0 was never computed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.reading.cell_formats.formulas import gives_text, tokens_give_text


@pytest.mark.parametrize(
    "formula",
    [
        '"Ann"&" "&"Lee"',
        "=A1&B1",
        "(A1&B1)",
        "of:=[.A1]&\" \"&[.B1]",
        'TEXT(A1,"0;(0)")',
        "_xlfn.CONCAT(A1,B1)",
        "COM.MICROSOFT.CONCAT([.A1];[.B1])",
        'UPPER(LEFT(A1,1))&MID(A1,2,9)',
        '="01000"',
    ],
)  # fmt: skip
def test_a_formula_that_joins_or_makes_text_gives_no_number(formula: str) -> None:
    assert gives_text(formula)


@pytest.mark.parametrize(
    "formula",
    [
        "B2*C2",
        'IF(A1="","",B1&C1)',
        "A1&B1=C1",
        'VALUE(TEXT(A1,"0"))',
        'TEXT(A1,"0")*TEXT(B1,"0")',
        "LEFT(A1,2)+RIGHT(B1,2)",
        "'a&b'!A1*2",
        'COUNTIF(A1:A9,"a&b")',
        '--TEXT(A1,"0")',
        "SUM(A1:A3)",
        "A1",
        "",
    ],
)
def test_any_other_formula_may_give_a_number(formula: str) -> None:
    assert not gives_text(formula)


REF = b"\x24\x01\x00\x02\xc0"


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        (b"\x17\x03\x00Ann\x17\x01\x00 \x08", True),
        (REF + REF + b"\x08\x15", True),
        (b"\x17\x01\x01A\x01" + REF + b"\x08", True),
        (REF + b"\x1e\x02\x00\x42\x02\x73\x00", True),
        (REF + b"\x21\x70\x00", True),
        (REF + b"\x41\x70\x00", True),
        (b"\x1e\x00\x08", False),
        (REF + REF + b"\x05", False),
        (REF + REF + b"\x08" + REF + b"\x0b", False),
        (b"\x19\x02\x00\x00" + REF + b"\x08\x99\x99", False),
        (b"", False),
    ],
)
def test_the_last_token_of_a_formula_says_so_too(tokens: bytes, text: bool) -> None:
    assert tokens_give_text(tokens) == text


@given(st.binary(max_size=40))
def test_any_tokens_end(tokens: bytes) -> None:
    assert tokens_give_text(tokens) in (True, False)


@given(st.text("A1&\"'()=+, ", max_size=30))
def test_any_formula_ends(formula: str) -> None:
    assert gives_text(formula) in (True, False)
