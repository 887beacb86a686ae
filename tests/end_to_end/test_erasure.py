"""One of a thousand customers is erased, who came in files of every format and encoding and through Stripe."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from pipelines.erasure.erase import erase, unfinished
from pipelines.errors import AlreadyDone
from pipelines.home import Home
from tests.pipelines.stripe.states import Account, charge, customer, sync
from tests.support.byte_search import found_in
from tests.support.flow import import_file, import_text, table
from tests.support.homes import once
from tests.support.workbooks import xls, xlsx

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
DRAWN = UUID("1b4e28ba-2fa1-41d2-883f-0016d3cca427")
ZANETA, NAME = "zaneta.wisniewska@example.com", "Żaneta Wiśniewska"
SOUGHT = (ZANETA, NAME, "Wiśniewska", "512345678", "512 345 678", "512-345-678")
TITLES = ["email", "name", "phone", "country", "total spent"]
PHONES = ("+48 512 345 678", "512-345-678", "512345678")


def rows(begin: int, phone: str = PHONES[0]) -> list[list[str]]:
    """A list of 150 people, in the middle of which she is."""
    others = [
        [f"p{n}@example.com", f"Osoba Ńr{n}", f"+48 601 {n:03} 100", "PL", "1.25"] for n in range(begin, begin + 150)
    ]
    return [*others[:70], [ZANETA, NAME, phone, "PL", "12.50"], *others[70:]]


def csv_of(begin: int, phone: str = PHONES[0]) -> str:
    return "\n".join(";".join(row) for row in [TITLES, *rows(begin, phone)]) + "\n"


EVENTS = "".join(
    json.dumps({"event": "form", "at": "2026-11-01T10:00:00Z", "email": email, "name": name}, ensure_ascii=escaped)
    + "\n"
    for email, name, escaped in ((ZANETA, NAME, True), (ZANETA.upper(), NAME, False), ("p1@example.com", "Osoba", True))
)
FILES: dict[str, Callable[[], bytes]] = {
    "utf-8.csv": lambda: csv_of(0).encode(),
    "cp1250.csv": lambda: csv_of(150, PHONES[1]).encode("cp1250"),
    "utf-16.csv": lambda: csv_of(300, PHONES[2]).encode("utf-16"),
    "list.xlsx": lambda: xlsx([TITLES, *rows(450)]),
    "list.xls": lambda: xls([TITLES, *rows(600, PHONES[1])]),
    "log.ndjson": EVENTS.encode,
}
BROKEN = f"email;name;phone;total spent\n{ZANETA};{NAME};;much\n;{NAME};512 345 678;1\n"


@once
def with_everybody(home: Home) -> None:
    drops = home.root / "drops"
    drops.mkdir(parents=True)
    for name, content in FILES.items():
        (drops / name).write_bytes(content())
        import_file(home, drops / name, source=name.split(".")[0], locale="pl")
    import_text(home, BROKEN, name="broken.csv", locale="pl")
    held = import_file(home, drops / "utf-8.csv", source="another")
    assert held.status == "held"
    paid = charge("1", 1250, "cus_zaneta", billing_email=ZANETA, billing_name=NAME)
    sync(home, Account([paid], customers=[customer("zaneta", ZANETA, NAME), customer("p", "p1@example.com", "Osoba")]))


def gone(home: Home) -> tuple[int, int]:
    found, files, size = found_in(home.root, SOUGHT, but=("drops",))
    assert found == []
    return files, size


def test_one_of_a_thousand_is_in_no_byte_that_is_kept(home: Home) -> None:
    with_everybody(home)
    before, history = table(home), table(home, "import_history").drop("warnings", "message", "dialect")
    assert len(found_in(home.root, SOUGHT, but=("drops",))[0]) > 20
    money = before["total_spent"].sum()
    erase(home, ZANETA, "dpo", NOW, DRAWN)
    files, size = gone(home)
    print(f"searched {files} files, {size:,} bytes, for {len(SOUGHT)} texts")
    assert table(home)["customer_id"].to_list() == before.filter(~(before["email"] == ZANETA))["customer_id"].to_list()
    nobodys = table(home, "erased_totals")["total_spent"].sum() + table(home, "stripe_apart")["amount"].sum()
    assert table(home)["total_spent"].sum() + nobodys == money
    assert nobodys == Decimal("75.00")
    assert table(home, "import_history").drop("warnings", "message", "dialect").equals(history)


POINTS = ("erase.derive", "erase.verified", "erase.erase_files", "erase_files.replace_original", "erase.rewrite")


class Killed(BaseException):
    pass


@pytest.mark.parametrize("point", POINTS)
def test_an_erasure_that_is_killed_is_finished_by_asking_again(
    home: Home, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    with_everybody(home)

    def dies(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as killing, pytest.raises(Killed):
        killing.setattr(f"pipelines.erasure.{point}", dies)
        erase(home, ZANETA, "dpo", NOW, DRAWN)
    assert unfinished(home)
    try:
        erase(home, ZANETA, "dpo", NOW, DRAWN)
    except AlreadyDone:
        assert point not in POINTS[:2]
    assert not unfinished(home)
    gone(home)
