"""Exports of random customers come back: nothing changes at home, and elsewhere the same customers are there."""

import csv
import io
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.configuration.settings import Sources
from pipelines.home import Home
from pipelines.models.staged_file import Outcome
from pipelines.publishing.export_styles import Written, written_for
from pipelines.publishing.exports import Wanted, export, tables_of
from tests.support.flow import commit_all, file_one, table
from tests.support.memo import scratch_home

pytestmark = pytest.mark.slow

EXAMPLES = 100 if os.environ.get("CUSTOMERS_PROPERTIES") == "thousands" else 5
LONG = "x" * 300
PIECES = st.sampled_from(
    [
        "Ana",
        "Łódź",
        " ",
        ",",
        ";",
        "|",
        '"',
        "'",
        "=1+1",
        "@x",
        "+",
        "-7",
        "007",
        "O'Brien",
        "\n",
        "東京",
        "1,5",
        "x" * 300,
    ]
)
TEXT = st.lists(PIECES, min_size=1, max_size=4).map("".join)
MAYBE = st.one_of(st.just(""), TEXT)
GROUP = st.sampled_from(["Retail", '"Big, bold"', '"a|b"', '"say ""so"""', "007"])
AMOUNT = st.one_of(st.just(""), st.integers(0, 10**9).map(lambda cents: f"{cents // 100}.{cents % 100:02}"))


@st.composite
def rows(draw: st.DrawFn) -> list[dict[str, str]]:
    """Customers as a list has them: with and without payments, groups, consent, status."""
    found = []
    for number in range(draw(st.integers(1, 8))):
        paid = draw(AMOUNT)
        found.append(
            {
                "email": f"c{number}@example.com",
                "name": draw(TEXT.filter(lambda text: any(sign.isalpha() for sign in text))),
                "company": draw(MAYBE),
                "phone": draw(st.sampled_from(["", "+33612345678", "+48601234567"])),
                "postal code": draw(st.sampled_from(["", "01200", "SW1A 1AA"])),
                "external_id": draw(st.sampled_from(["", f"00{number}", f"K-{number}"])),
                "status": draw(st.sampled_from(["", "active", "potential"])),
                "opt in": draw(st.sampled_from(["", "yes", "no"])),
                "groups": "|".join(
                    f'"{each.replace(chr(34), chr(34) * 2)}"' for each in draw(st.sets(GROUP, max_size=2))
                ),
                "total spent": paid,
                "refund volume": draw(AMOUNT) if paid else "",
                "payment count": draw(st.sampled_from(["1", "12"])) if paid else "",
                "first payment date": "2026-01-02" if paid else "",
                "last payment date": "2026-02-03" if paid else "",
            }
        )
    return found


def imported(home: Home, path: Path, source: str, locale: str | None) -> Outcome:
    told = {"kind": "file"} if locale is None else {"locale": locale}
    sources = Sources.model_validate({"base_currency": "EUR", "sources": {"back": told}})
    return commit_all(home, [file_one(home, path, source, sources)])[0]


def state(home: Home) -> dict[str, object]:
    names = [name for name in tables_of(home.published) if not name.startswith(("import_history", "rejected"))]
    return {name: table(home, name).to_dicts() for name in names}


def known(home: Home) -> list[dict[str, object]]:
    told = ("sources", "first_import_id", "last_import_id", "created_at", "updated_at")
    return table(home).drop(told).to_dicts()


@given(rows(), st.sampled_from(["csv", "xlsx"]), st.sampled_from([None, "fr", "en-GB", "de-CH", "pl"]))
@settings(max_examples=EXAMPLES)
def test_an_export_of_any_customers_comes_back(listed: list[dict[str, str]], kind: str, locale: str | None) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, [*listed[0]])
    writer.writeheader()
    writer.writerows(listed)
    with scratch_home() as home, scratch_home() as fresh:
        (home.root / "list.csv").write_text(text.getvalue(), "utf-8")
        imported(home, home.root / "list.csv", "shop", None)
        before = state(home)
        target = home.root / f"customers.{kind}"
        style = written_for(locale) if kind == "csv" else Written()
        count = export(home.published, Wanted("customers", kind, written=style), target)
        again = imported(home, target, "back", locale)
        assert (again.rows_accepted, again.rows_rejected, again.rows_skipped) == (0, 0, count), again
        assert state(home) == before
        elsewhere = imported(fresh, target, "back", locale)
        assert (elsewhere.rows_accepted, elsewhere.rows_rejected) == (count, 0), elsewhere
        assert known(fresh) == known(home)
