"""No card number is in any byte that is kept: files of every format, numbers in every place and grouping (SC-18).

Every file under CUSTOMERS_HOME is searched as ASCII and as UTF-16, the members of ZIP containers too, and every value
of every Parquet file and database. What waits in a sender's own `refused` folder is the sender's file, not a copy.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from pipelines.home import Home
from tests.end_to_end.card_leaks import NUMBERS, SEARCHED, dropped, leaks
from tests.support.flow import drop, import_file, run_inbox, table

pytestmark = pytest.mark.slow

GROUPINGS: dict[str, Callable[[str], str]] = {
    "together": lambda number: number,
    "no-break spaces": lambda number: grouped(number, "\u00a0"),
    "narrow spaces": lambda number: grouped(number, "\u202f"),
    "thin spaces": lambda number: grouped(number, "\u2009"),
    "slashes": lambda number: grouped(number, "/"),
    "dots": lambda number: grouped(number, "."),
    "dashes": lambda number: grouped(number, "–"),
    "lines": lambda number: grouped(number, "\n"),
    "two lines": lambda number: broken(number, " ", "\n"),
    "two lines of Windows": lambda number: broken(number, "-", "\r\n"),
    "two lines of digits": lambda number: broken(number, "", "\n"),
    "line separator": lambda number: broken(number, "", "\u2028"),
    "vertical tab": lambda number: broken(number, " ", "\v"),
    "tab": lambda number: broken(number, " ", "\t"),
    "empty line": lambda number: broken(number, "", "\n\n"),
    "in a sentence": lambda number: f"ref {grouped(number, ' ')}, thanks",
    "behind a word": lambda number: f"card{number}",
    "before a word": lambda number: f"{number}visa",
    "behind a date": lambda number: f"2026-11-30 {number}",
}


def grouped(number: str, sign: str) -> str:
    """The digits in the groups that are printed on such a card."""
    sizes = {15: (4, 6, 5), 14: (4, 6, 4)}.get(len(number), (4, 4, 4, 4))
    places = [sum(sizes[:place]) for place in range(len(sizes) + 1)]
    return sign.join(number[first:last] for first, last in pairwise(places))


def broken(number: str, sign: str, line_break: str) -> str:
    """The digits in their groups, with a line break behind the second one."""
    groups = grouped(number, " ").split(" ")
    return line_break.join((sign.join(groups[:2]), sign.join(groups[2:])))


@pytest.fixture(scope="module", autouse=True)
def _told(request: pytest.FixtureRequest) -> Iterator[None]:
    """Say at the end how much was searched; where several processes share the tests, none of them can."""
    yield
    capture = request.config.pluginmanager.get_plugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print(f"\nsearched for card numbers: {SEARCHED}")


@pytest.mark.rule("SC-18")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_no_number_of_a_text_is_kept(home: Home, encoding: str) -> None:
    notes = [grouping(number) for grouping in GROUPINGS.values() for number in NUMBERS]
    written = [note for note in notes if note.encode(encoding, "ignore").decode(encoding) == note]
    lines = [f'{place}@example.com;A{place};"{note}";12,50' for place, note in enumerate(written)]
    good = [f"ok{place}@example.com;O{place};fine;9,90" for place in range(len(written))]
    text = "\n".join(["email;name;note;total spent", *good, *lines]) + "\n"
    outcome = import_file(home, dropped(home, "list.csv", text.encode(encoding)))
    assert (outcome.rows_accepted, outcome.reject_codes) == (len(good), {"SENSITIVE_DATA": len(written)})
    found, files, size = leaks(home.root)
    assert found == []
    assert files > 5 and size > 10_000
    assert len(written) >= len(notes) * 2 // 3


PLACES = {
    "below a title that stands twice": "email,email,note\na@example.com,b@example.com,4242424242424242\n",
    "title": "email,name,4242 4242 4242 4242\na@example.com,Ana,x\n",
    "above the titles": "Card 4242-4242-4242-4242,,\nemail,name,total spent\na@example.com,Ana,3\n",
    "row of another width": "email,name\na@example.com,Ana\nb@example.com,Bo,4242424242424242,x\n",
    "beside commas": 'email,name,note\na@example.com,Ana,ok\nb@example.com,Bo,"12,4242424242424242"\n',
    "every column": "email,name,note\n4242424242424242,4242424242424242,4242424242424242\na@example.com,Ana,ok\n",
    "several in a cell": "email,name,note\na@example.com,A,ok\nb@example.com,B,4242424242424242/5555555555554444\n",
}


@pytest.mark.rule("SC-18")
@pytest.mark.parametrize("place", PLACES)
def test_no_number_in_any_place_of_a_text_is_kept(home: Home, place: str) -> None:
    import_file(home, dropped(home, "list.csv", PLACES[place].encode()))
    assert leaks(home.root)[0] == []
    assert table(home, "import_history").height == 1


UNREADABLE = {
    "no titles": b"4242424242424242,a@example.com\n5555555555554444,b@example.com\n",
    "a pdf": b"%PDF-1.7\n(4242 4242 4242 4242)\n",
    "a page": b"<html><body><table><tr><td>4242424242424242</td></tr></table></body></html>",
    "a damaged workbook": b"PK\x03\x04" + b"4242424242424242" * 20,
}


@pytest.mark.rule("SC-18")
@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_cannot_be_read_is_not_copied_and_waits_with_its_sender(home: Home, kind: str) -> None:
    path = drop(home, "", "shop", "list.csv")
    path.write_bytes(UNREADABLE[kind])
    (outcome,) = run_inbox(home, "one")
    assert outcome.status == "refused"
    (kept,) = [file for file in home.inbox.rglob("*") if file.is_file()]
    assert kept.relative_to(home.inbox) == Path("shop", "refused", outcome.import_id, "list.csv")
    assert kept.read_bytes() == UNREADABLE[kind]
    assert leaks(home.root)[0] == []
    assert run_inbox(home, "two") == []


@pytest.mark.rule("SC-18")
def test_a_file_of_ones_own_that_cannot_be_read_stays_where_it_is(home: Home) -> None:
    path = dropped(home, "list.csv", UNREADABLE["no titles"])
    assert import_file(home, path).status == "refused"
    assert path.read_bytes() == UNREADABLE["no titles"]
    assert leaks(home.root)[0] == []


@pytest.mark.rule("SC-18")
def test_identifiers_that_are_no_cards_stay_to_the_letter(home: Home) -> None:
    orders = [4_000_000_000_000_000 + 7919 * step for step in range(60)]
    lines = [
        f"{place}@example.com,A{place},{number},+33 6 12 34 56 {place + 10}" for place, number in enumerate(orders)
    ]
    text = "\n".join(["email,name,external id,phone", *lines]) + "\n"
    outcome = import_file(home, dropped(home, "list.csv", text.encode()))
    assert (outcome.rows_accepted, outcome.rows_rejected) == (60, 0)
    assert (home.archive / outcome.import_id / "list.csv").read_bytes() == text.encode()
