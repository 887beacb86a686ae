"""Card numbers reach neither Dagster's storage nor its logs, whatever becomes of the file (SC-18)."""

import logging
from pathlib import Path

import dagster as dg
import pytest

from assets.instance.redact_logs import redact_logs
from pipelines.home import Home
from pipelines.intake.inbox import arrival_of, key_of, look
from tests.assets.import_runs import imported, run
from tests.end_to_end.card_leaks import leaks
from tests.end_to_end.test_card_bytes import PLACES, UNREADABLE
from tests.support.flow import drop

FILES = {f"{name}.csv": text.encode() for name, text in PLACES.items()} | {
    f"{name}.csv": content for name, content in UNREADABLE.items()
}


@pytest.mark.slow
@pytest.mark.rule("SC-18")
def test_no_number_is_in_any_byte_after_runs_of_good_and_bad_files(
    defs: dg.Definitions, instance: dg.DagsterInstance, home: Home
) -> None:
    for name, content in FILES.items():
        drop(home, "", "shop", name).write_bytes(content)
    arrivals, _ = look(home.inbox)
    run(defs, instance, [key_of(arrival) for arrival in arrivals])
    found, files, size = leaks(home.root)
    assert found == []
    assert leaks(Path(instance.root_directory))[0] == []
    assert files > 20 and size > 100_000
    assert not look(home.inbox)[0]


@pytest.mark.slow
def test_a_refused_file_that_waits_with_its_sender_can_be_run_again(
    defs: dg.Definitions, instance: dg.DagsterInstance, home: Home
) -> None:
    drop(home, "4242424242424242,a@example.com\n")
    key = key_of(look(home.inbox)[0][0])
    for _ in range(2):
        result = run(defs, instance, [key])
        assert "looks like data" in (imported(result)[key].description or "")
    (kept,) = (home.inbox / "shop" / "refused").rglob("list.csv")
    assert kept.parent.name == key


@pytest.mark.rule("SC-18")
@pytest.mark.parametrize("name", ["4242424242424242.csv", "card 4242 4242 4242 4242.xlsx"])
def test_a_file_whose_name_holds_a_number_is_left_and_named_without_it(home: Home, name: str) -> None:
    drop(home, "email,name\n", name=name)
    arrivals, reasons = look(home.inbox)
    assert arrivals == []
    assert "Rename it" in reasons[0]
    assert "4242 4242" not in reasons[0] and "42424242" not in reasons[0]
    with pytest.raises(Exception, match="Rename it"):
        arrival_of(Path(name), "shop", home.inbox)


@pytest.mark.rule("SC-18")
def test_logs_hold_no_number(caplog: pytest.LogCaptureFixture) -> None:
    redact_logs()
    with caplog.at_level(logging.INFO):
        logging.getLogger("any").info("row %s: %s", 3, "4242 4242 4242 4242")
    assert "4242 4242" not in caplog.text
    assert "•••• •••• •••• 4242" in caplog.text
