"""The preview of an undo says before what the undo does after, to the cent, and writes nothing."""

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipelines.configuration.settings import Sources
from pipelines.errors import WrongUse
from pipelines.home import Home
from pipelines.ledger import recompute
from pipelines.ledger.undo import Undone, rehearse_undo, undo_import
from tests.support.by_hand import add
from tests.support.flow import NOW, derived, import_text, table
from tests.support.homes import once

TITLES = "email,name,total_spent,first_payment_date\n"
PAYMENTS = "payment_id,email,amount,date,status\n"
EVENT = '{"kind": "form", "at": "2026-05-04T09:30:00Z", "email": "ana@x.fr", "name": "Ana", "form": "x"}\n'
TILL = Sources.model_validate({"sources": {"till": {"profile": "payments"}}})


def rows(numbers: range) -> str:
    return "".join(f"c{number}@x.fr,N{number},{number}.50,2026-01-{number % 28 + 1:02}\n" for number in numbers)


@once
def a_list_beside_another(home: Home) -> str:
    """Five customers of its own, five that another list has too."""
    import_text(home, TITLES + rows(range(1, 7)), "crm")
    return import_text(home, TITLES + rows(range(2, 12))).import_id


def a_replacement(home: Home) -> str:
    """Its undo brings another import back."""
    import_text(home, TITLES + rows(range(1, 21)))
    return import_text(home, TITLES + rows(range(6, 26)), name="again.csv", on_overlap="replace").import_id


def a_payment_that_was_cancelled_later(home: Home) -> str:
    """Its undo gives the money back."""
    import_text(home, PAYMENTS + "p1,ana@x.fr,10,2026-01-01,paid\n", "till", sources=TILL)
    return import_text(home, PAYMENTS + "p1,ana@x.fr,10,2026-01-01,cancelled\n", "till", sources=TILL).import_id


def a_list_of_people_who_are_known_otherwise(home: Home) -> str:
    """One came by an event of a website, one was entered by hand, one is of the list alone."""
    import_text(home, EVENT, "website", "events.ndjson")
    add(home, email="bob@x.fr", name="Bob")
    people = "".join(f"{name}@x.fr,{name.title()},5,2026-01-01\n" for name in ("ana", "bob", "cid"))
    return import_text(home, TITLES + people).import_id


def a_held_one(home: Home) -> str:
    """It contributed nothing."""
    import_text(home, TITLES + rows(range(1, 21)))
    return import_text(home, TITLES + rows(range(1, 22)), name="again.csv").import_id


EXPECTED = {
    a_list_beside_another: (5, 5, 0, Decimal("-70.000"), 0),
    a_replacement: (5, 0, 5, Decimal("-100.000"), 1),
    a_payment_that_was_cancelled_later: (0, 1, 0, Decimal("10.000"), 0),
    a_list_of_people_who_are_known_otherwise: (1, 2, 0, Decimal("-15.000"), 0),
    a_held_one: (0, 0, 0, Decimal(0), 0),
}


@pytest.mark.matrix(1)
@pytest.mark.rule("AU-24", "RF-30")
@pytest.mark.parametrize("scene", EXPECTED, ids=lambda scene: scene.__name__)
def test_the_preview_of_an_undo_is_what_the_undo_does(home: Home, scene: object) -> None:
    wanted = scene(home)  # type: ignore[operator]  # a function, parametrised
    before = derived(home)["customers"]
    shown = rehearse_undo(home, wanted, NOW)
    removed, changed, returned, amount, imports = EXPECTED[scene]
    told = (shown.customers_removed, shown.customers_changed, shown.customers_returned, shown.amount_change)
    assert (*told, len(shown.imports_returned)) == (removed, changed, returned, amount, imports)
    assert undo_import(home, wanted, "tester", NOW) == shown
    assert compared(before, derived(home)["customers"], wanted, shown.imports_returned) == shown


def compared(before: pl.DataFrame, after: pl.DataFrame, wanted: str, imports: tuple[str, ...]) -> Undone:
    """What the published tables say that an undo did."""
    bookkeeping = ("first_import_id", "last_import_id", "created_at", "updated_at")
    old, new = ({row["customer_id"]: row for row in each.drop(bookkeeping).to_dicts()} for each in (before, after))
    sums = [sum((row["total_spent"] or 0 for row in each.values()), Decimal(0)) for each in (old, new)]
    return Undone(
        import_id=wanted,
        customers_removed=len(old.keys() - new.keys()),
        customers_changed=sum(old[key] != new[key] for key in old.keys() & new.keys()),
        customers_returned=len(new.keys() - old.keys()),
        amount_change=sums[1] - sums[0],
        imports_returned=imports,
    )


def test_the_preview_of_an_undo_writes_nothing(home: Home) -> None:
    wanted = a_list_beside_another(home)
    before = published(home), table(home, "import_history")
    rehearse_undo(home, wanted, NOW)
    assert published(home) == before[0]
    recompute.publish(home)
    assert table(home, "import_history").equals(before[1])


def published(home: Home) -> tuple[bytes, list[Path]]:
    return home.published.read_bytes(), sorted(path for path in home.root.rglob("*") if path.is_file())


def test_what_cannot_be_undone_has_no_preview(home: Home) -> None:
    wanted = a_list_beside_another(home)
    undo_import(home, wanted, "tester", NOW)
    with pytest.raises(WrongUse, match="undone already"):
        rehearse_undo(home, wanted, NOW)
    with pytest.raises(WrongUse, match="customers history"):
        rehearse_undo(home, "nothing", NOW)
