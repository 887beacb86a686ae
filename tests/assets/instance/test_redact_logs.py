"""No key reaches a log, whoever writes it and whoever handles it (PIT-91)."""

import logging

import pytest
from click.testing import CliRunner

import assets.definitions  # noqa: F401  # every process of Dagster loads it: the sieve is in place from then on
from assets.cli.main import main
from assets.instance.redact_logs import redact_logs
from tests.pipelines.stripe.faults import LIVE_KEY


@pytest.mark.rule("PIT-91")
@pytest.mark.parametrize("name", ["", "dagster.daemon", "made.later"])
def test_messages_and_arguments_pass_the_sieve(name: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        logging.getLogger(name).info("key %s of %s", LIVE_KEY, {"api_key": LIVE_KEY})
        logging.getLogger(name).info(f"Bearer {LIVE_KEY}")
    assert caplog.messages == ["key rk_live_… of {'api_key': 'rk_live_…'}", "Bearer rk_live_…"]


@pytest.mark.rule("PIT-91")
def test_tracebacks_pass_the_sieve(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ValueError(f"no such key: {LIVE_KEY}")
    except ValueError:
        logging.getLogger("anything").exception("it failed")
    assert "ValueError: no such key: rk_live_…" in caplog.text
    assert LIVE_KEY not in caplog.text


def test_other_records_stay_as_they_are(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ValueError("nothing secret")
    except ValueError:
        logging.getLogger("anything").exception("%s rows of %d", "some", 3)
    record = caplog.records[0]
    assert (record.msg, record.args) == ("%s rows of %d", ("some", 3))
    assert record.exc_info is not None


@pytest.mark.rule("PIT-91")
def test_arguments_that_do_not_fit_pass_the_sieve_too(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("anything").warning("%d rows", LIVE_KEY)
    assert caplog.messages == ["%d rows ('rk_live_…',)"]


def test_the_sieve_is_put_in_place_once() -> None:
    before = logging.getLogRecordFactory()
    redact_logs()
    assert logging.getLogRecordFactory() is before


def test_the_command_puts_it_in_place_too(caplog: pytest.LogCaptureFixture) -> None:
    before = logging.getLogRecordFactory()
    try:
        logging.setLogRecordFactory(logging.LogRecord)
        assert CliRunner().invoke(main, ["--help"]).exit_code == 0
        logging.getLogger("anything").warning(LIVE_KEY)
    finally:
        logging.setLogRecordFactory(before)
    assert caplog.messages == ["rk_live_…"]
