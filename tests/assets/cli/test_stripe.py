"""`customers stripe …` as people and scripts use it: where the key comes from, what is shown, what never is."""

import base64
import json
import os
import pty
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from assets.cli.main import main
from assets.instance.environment import PROJECT
from pipelines.home import Home
from pipelines.stripe.credentials import vault
from pipelines.stripe.credentials.connection import KEY_LINK
from tests.pipelines.stripe.credentials.test_connection import account
from tests.pipelines.stripe.faults import TEST_KEY, Server, error, serving

K1, K2 = (base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2))


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(account(without=("refunds",))) as server:
        yield server


@pytest.fixture(autouse=True)
def environment(home: Home, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = home.root / "sources.yaml"
    sources.write_text(
        f"sources: {{billing: {{kind: stripe, api_base: '{server.address}', requests_per_second: unlimited}}}}", "utf-8"
    )
    monkeypatch.setenv("CUSTOMERS_HOME", str(home.root))
    monkeypatch.setenv("CUSTOMERS_SOURCES", str(sources))
    monkeypatch.setenv("CUSTOMERS_MASTER_KEYS", f"k1:{K1}")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "CUSTOMERS_MASTER_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)


def call(*arguments: str, given: str | None = None) -> Result:
    result = CliRunner().invoke(main, ["stripe", *arguments], input=given)
    assert TEST_KEY not in result.output
    return result


def told(result: Result) -> dict[str, object]:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_key_comes_on_standard_input(home: Home, server: Server) -> None:
    result = call("connect", "billing", given=f"{TEST_KEY}\n")
    assert result.exit_code == 0, result.output
    for shown in ("rak_charge_read", "missing", "refunds are taken from", "rk_test_…WXYZ", "test data", "acct_7"):
        assert shown in result.stdout
    assert server.seen[0].headers["Authorization"] == f"Bearer {TEST_KEY}"
    assert vault.stored(home) == ("billing",)


def test_a_key_comes_from_a_variable(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", TEST_KEY)
    found = told(call("connect", "billing", "--from-env", "MY_KEY", "--json"))["connection"]
    assert isinstance(found, dict)
    assert (found["hint"], found["mode"], found["stored"], found["was_known"]) == (
        "rk_test_…WXYZ",
        "test",
        True,
        False,
    )
    assert [right["state"] for right in found["rights"]] == ["granted", "granted", "missing", *["granted"] * 3]


def test_a_variable_that_is_not_set_is_wrong_use() -> None:
    result = call("connect", "billing", "--from-env", "NO_SUCH_VARIABLE")
    assert result.exit_code == 3
    assert "NO_SUCH_VARIABLE is not set" in result.stderr


def test_on_a_terminal_the_key_is_asked_for_and_not_shown(home: Home) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "assets.cli", "stripe", "connect", "billing"]
    pipe = subprocess.PIPE
    running = subprocess.Popen(command, stdin=theirs, stdout=pipe, stderr=pipe, cwd=PROJECT, start_new_session=True)
    enough = threading.Timer(300, running.kill)
    enough.start()
    with running:
        assert running.stderr is not None
        asked = b""
        while not asked.endswith(b"Stripe key: ") and (letter := running.stderr.read(1)):
            asked += letter
        os.write(ours, f"{TEST_KEY}\n".encode())  # not earlier: what was typed before the question is thrown away
        shown, told_then = running.communicate()
    enough.cancel()
    os.close(theirs)
    os.close(ours)
    assert running.returncode == 0, told_then
    assert KEY_LINK.encode() in asked
    assert TEST_KEY.encode() not in shown + asked + told_then
    assert vault.stored(home) == ("billing",)


@pytest.mark.parametrize("arguments", [["connect", TEST_KEY], ["connect", "billing", TEST_KEY], ["check", TEST_KEY]])
def test_a_key_among_the_arguments_is_wrong_use_and_not_repeated(arguments: list[str]) -> None:
    result = call(*arguments)
    assert result.exit_code == 3
    assert "rk_test_…" in result.stderr


@pytest.mark.parametrize("command", ["connect", "check", "rewrap"])
def test_without_a_master_key_the_way_to_make_one_is_told(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUSTOMERS_MASTER_KEYS")
    result = call(command, *([] if command == "rewrap" else ["billing"]), given=TEST_KEY)
    assert result.exit_code == 2
    assert vault.MASTER_KEY_COMMAND in result.stderr


def test_the_command_that_makes_a_master_key_works(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    script = (
        f'PATH="{Path(sys.executable).parent}:$PATH"; {vault.MASTER_KEY_COMMAND} && printenv CUSTOMERS_MASTER_KEY_FILE'
    )
    environment = os.environ | {"HOME": str(home.root)}
    made = subprocess.run(["sh", "-c", script], env=environment, capture_output=True, text=True, check=True)
    path = Path(made.stdout.strip())
    assert path == home.root / ".customers-master-key"
    assert subprocess.run(["sh", "-c", script], env=environment, capture_output=True, check=False).returncode != 0
    monkeypatch.delenv("CUSTOMERS_MASTER_KEYS")
    monkeypatch.setenv("CUSTOMERS_MASTER_KEY_FILE", str(path))
    assert call("connect", "billing", given=TEST_KEY).exit_code == 0
    path.chmod(0o640)
    refused = call("check", "billing")
    assert refused.exit_code == 2
    assert f"chmod 600 {path}" in refused.stderr


def test_a_master_key_file_that_is_not_there_is_told(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUSTOMERS_MASTER_KEYS")
    monkeypatch.setenv("CUSTOMERS_MASTER_KEY_FILE", str(home.root / "none"))
    result = call("check", "billing")
    assert result.exit_code == 2
    assert "CUSTOMERS_MASTER_KEY_FILE" in result.stderr


def test_a_stored_key_is_checked_and_forgotten(home: Home) -> None:
    call("connect", "billing", given=TEST_KEY)
    found = told(call("check", "billing", "--json"))["connection"]
    assert isinstance(found, dict)
    assert found["was_known"] is True
    assert "stored already" in call("check", "billing").stdout
    forgotten = call("forget", "billing")
    assert forgotten.exit_code == 0
    assert "revoke it" in forgotten.stdout
    assert vault.stored(home) == ()
    assert call("forget", "billing").exit_code == 3
    assert call("check", "billing").exit_code == 3


def test_forgetting_and_sealing_anew_answer_in_json(monkeypatch: pytest.MonkeyPatch) -> None:
    call("connect", "billing", given=TEST_KEY)
    monkeypatch.setenv("CUSTOMERS_MASTER_KEYS", f"k2:{K2},k1:{K1}")
    assert told(call("rewrap", "--json")) == {"keys": [{"source": "billing", "before": "k1", "after": "k2"}]}
    assert "k2" in call("rewrap").stdout
    monkeypatch.setenv("CUSTOMERS_MASTER_KEYS", f"k2:{K2}")
    assert call("check", "billing").exit_code == 0
    assert told(call("forget", "billing", "--json")) == {
        "source": "billing",
        "forgotten": True,
        "data_taken_out": False,
    }
    assert "No key is stored" in call("rewrap").stdout


def test_a_refused_key_is_exit_code_2(home: Home) -> None:
    with serving(error(401)) as refusing:
        sources = f"sources: {{billing: {{kind: stripe, api_base: '{refusing.address}'}}}}"
        (home.root / "sources.yaml").write_text(sources, "utf-8")
        result = call("connect", "billing", given=TEST_KEY)
    assert result.exit_code == 2
    assert "unknown or was revoked" in result.stderr
    assert result.stdout == ""


def test_a_publishable_key_is_refused_before_anything_is_asked(home: Home) -> None:
    (home.root / "sources.yaml").write_text("sources: {billing: {kind: stripe}}", "utf-8")
    result = call("connect", "billing", given="pk_live_" + "x" * 24)
    assert result.exit_code == 2
    assert "publishable" in result.stderr
    assert KEY_LINK in result.stderr


@pytest.mark.parametrize("source", ["crm", "nothing"])
def test_a_source_that_is_none_of_stripe_is_wrong_use(source: str) -> None:
    result = call("connect", source, given=TEST_KEY)
    assert result.exit_code == 3
    assert "billing" in result.stderr


def test_other_commands_do_not_load_the_sdk() -> None:
    script = "import sys, assets.cli.main; sys.exit('stripe' in sys.modules or 'requests' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=PROJECT, check=False).returncode == 0


@pytest.mark.scenario(47)
def test_after_connecting_the_key_is_in_no_file(home: Home) -> None:
    call("connect", "billing", given=TEST_KEY)
    files = [path for path in home.root.rglob("*") if path.is_file()]
    assert home.secrets / "billing.json" in files
    assert not [path for path in files if TEST_KEY[8:].encode() in path.read_bytes()]
