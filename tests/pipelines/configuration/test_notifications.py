"""Who is told of what: a wrong key or value is named, and no secret is shown."""

from pathlib import Path

import pytest

from pipelines.configuration.sources_file import read_sources
from pipelines.errors import WrongUse

MAIL = "mail_server: {server: smtp.example.com, sender: us@example.com}\n"


def told(tmp_path: Path, text: str) -> str:
    path = tmp_path / "sources.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(WrongUse) as fault:
        read_sources(path)
    return str(fault.value)


@pytest.mark.rule("UP-13")
@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("notifications: {team: {mial: a@example.com}}", "notifications.team.mial: Extra inputs are not permitted"),
        ("notifications: {team: {mial: a@example.com}}", "did you mean mail?"),
        ("notifications: {team: {mail: a@example.com}}", "name the server at mail_server"),
        (MAIL + "notifications: {team: {mail: nobody}}", "notifications.team.mail.0"),
        ("notifications: {team: {slack: {envv: A}}}", "did you mean env?"),
        ("notifications: {team: {slack: {env: A, file: b}}}", "write {env: NAME} or {file: PATH}"),
        ("notifications: {team: {slack: {env: A}, webhook: {env: B}}}", "exactly one of mail, slack"),
        ("notifications: {team: {}}", "exactly one of mail, slack"),
        ("notifications: {team: {slack: {env: A}, events: [hold]}}", "notifications.team.events.0"),
        ("mail_server: {server: s, sender: a@b.c, prot: 25}", "did you mean port?"),
        (
            "mail_server: {server: s, sender: a@b.c, security: none, user: u, password: {env: P}}",
            "would send the password as it is",
        ),
        ("mail_server: {server: s, sender: a@b.c, user: u}", "user and password go together"),
        ("notification: {}", "did you mean notifications?"),
    ],
)
def test_a_wrong_key_or_value_is_named(tmp_path: Path, text: str, named: str) -> None:
    assert named in told(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    [
        "notifications: {team: {slack: 'https://hooks.example.com/SECRET'}}",
        "notifications: {team: {slack: {file: 'https://hooks.example.com/SECRET'}}}",
        "notifications: {team: {apprise: {env: 'tgram://SECRET'}}}",
        "mail_server: {server: s, sender: a@b.c, user: u, password: SECRET}",
        "mail_server: {server: 'us:SECRET@s', sender: a@b.c}",
    ],
)
def test_a_secret_that_stands_where_its_place_should_is_not_shown(tmp_path: Path, text: str) -> None:
    assert "SECRET" not in told(tmp_path, text)


def test_nobody_is_told_of_anything_by_default(tmp_path: Path) -> None:
    declared = read_sources(None)
    assert (declared.notifications, declared.mail_server) == ({}, None)
