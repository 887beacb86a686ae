"""What one query finds right is what pandera finds right, whatever a contract asks for."""

from collections.abc import Iterator

import pandera.polars as pa
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import schemas.imports
import schemas.stripe
import schemas.tables.lineage  # noqa: F401  # contracts are known once their modules are imported
from schemas.base import Contract, Money


class EveryCheck(Contract):
    """One column of each thing that a contract asks for."""

    key: str = pa.Field(unique=True)
    high: int = pa.Field()
    low: int = pa.Field(nullable=True)
    kind: str = pa.Field(nullable=True, isin=("a", "b"))
    rank: int = pa.Field(ge=1, le=5)
    amount: Money = pa.Field(nullable=True, ge=0)
    code: str = pa.Field(nullable=True, str_matches=r"^[A-Z]{3}$|^x")

    class Config(Contract.Config):
        unique = ("high", "low")


ROWS = st.fixed_dictionaries(
    {
        "key": st.sampled_from(["k1", "k2", "k3", "k4", None]),
        "high": st.sampled_from([1, 2, None]),
        "low": st.sampled_from([1, 2, 3, None]),
        "kind": st.sampled_from(["a", "b", "c", None]),
        "rank": st.sampled_from([0, 1, 5, 6, None]),
        "amount": st.sampled_from([-1, 0, 2, None]),
        "code": st.sampled_from(["EUR", "EURO", "EUR\n", "x", " x", "", None]),
    }
)
SOUND = {"key": "k9", "high": 9, "low": 9, "kind": "a", "rank": 3, "amount": 1, "code": "EUR"}


def harmed() -> Iterator[dict[str, object]]:
    """Rows of which each has at most one thing that the contract may not want."""
    for name, values in {
        "key": ["k9", None],
        "high": [None],
        "low": [None],
        "kind": ["c", None, ""],
        "rank": [0, 1, 5, 6, None],
        "amount": [-1, 0, None],
        "code": ["EURO", "EUR\n", "x", " x", "", None],
    }.items():
        for value in values:
            yield {**SOUND, "key": "k1", "high": 8, name: value}


def says(contract: type[Contract] | pa.DataFrameSchema, rows: list[dict[str, object]]) -> bool:
    types = {name: column.dtype.type for name, column in EveryCheck.to_schema().columns.items()}
    try:
        contract.validate(pl.DataFrame(rows, schema=types))
    except pa.errors.SchemaError:
        return False
    return True


@pytest.mark.parametrize("row", list(harmed()), ids=str)
def test_one_value_is_right_for_both_or_for_none(row: dict[str, object]) -> None:
    assert says(EveryCheck, [SOUND, row]) == says(EveryCheck.to_schema(), [SOUND, row])


@given(st.lists(ROWS, max_size=3))
def test_any_rows_are_right_for_both_or_for_none(rows: list[dict[str, object]]) -> None:
    assert says(EveryCheck, rows) == says(EveryCheck.to_schema(), rows)


def every_contract(contract: type[Contract] = Contract) -> Iterator[type[Contract]]:
    for below in contract.__subclasses__():
        yield from (below, *every_contract(below))


@pytest.mark.parametrize("contract", sorted(set(every_contract()), key=str), ids=lambda contract: contract.__name__)
def test_a_frame_that_keeps_its_contract_is_found_right_without_pandera(
    contract: type[Contract], monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = pl.DataFrame(schema={name: column.dtype.type for name, column in contract.to_schema().columns.items()})
    monkeypatch.setattr(pa.DataFrameModel, "validate", lambda *_, **__: pytest.fail("pandera was asked"))
    assert contract.validate(frame) is frame
