"""The ways in which a message leaves, to real servers of this machine; no fault tells a secret."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pipelines.configuration.notifications import MailServer as Declared
from pipelines.configuration.notifications import Secret
from pipelines.notifications.channels import Way, send
from pipelines.notifications.message import Message
from pipelines.notifications.not_told import NotTold
from tests.support.servers import MailServer, WebServer, mail_server, web_server

MESSAGE = Message("Customer Intake: odrzucone pliki: 1", "- żółw.csv: refusé\n.\n")
PASSWORD = "a-secret-of-ours"


def mail(port: int, security: str = "none", **more: object) -> Way:
    declared = {"server": "127.0.0.1", "port": port, "security": security, "sender": "intake@example.com", **more}
    secret = PASSWORD if "user" in more else None
    return Way("mail", secret, ("ana@example.com", "bob@example.com"), Declared.model_validate(declared))


def certificate(folder: Path) -> ssl.SSLContext:
    """A server that is itself its authority."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "us")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
    kinds = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(*kinds))
    (folder / "cert.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


@pytest.mark.rule("UP-13")
def test_a_mail_arrives_as_it_was_written() -> None:
    with mail_server(MailServer()) as server:
        send(mail(server.port), MESSAGE)
    (found,) = server.mails
    assert (found["Subject"], found["To"]) == (MESSAGE.subject, "ana@example.com, bob@example.com")
    assert (found.get_content().replace("\r\n", "\n"), found["Auto-Submitted"]) == (MESSAGE.text, "auto-generated")


def test_a_password_is_sent_over_tls_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user = {"user": "us", "password": Secret(env="P")}
    with mail_server(MailServer()) as server:
        with pytest.raises(NotTold, match="SMTPNotSupportedError"):
            send(mail(server.port, "starttls", **user), MESSAGE)
        assert not server.mails and not [word for word in server.said if word.startswith("AUTH")]
    context = certificate(tmp_path)
    with mail_server(MailServer(context)) as server:
        with pytest.raises(NotTold, match="SSLCertVerificationError"):
            send(mail(server.port, "starttls", **user), MESSAGE)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        send(mail(server.port, "starttls", **user), MESSAGE)
    assert len(server.mails) == 1 and [word for word in server.said if word.startswith("AUTH PLAIN")]


def test_a_server_that_refuses_somebody_or_is_not_there_is_told_without_its_words() -> None:
    with mail_server(MailServer(refused=("bob@",))) as server, pytest.raises(NotTold) as partly:
        send(mail(server.port), MESSAGE)
    assert str(partly.value) == "the server took it for 1 of 2 addresses"
    with mail_server(MailServer(refused=("intake@",))) as server, pytest.raises(NotTold) as refused:
        send(mail(server.port), MESSAGE)
    assert str(refused.value) == "SMTPSenderRefused 550"
    with pytest.raises(NotTold, match="ConnectionRefusedError"):
        send(mail(server.port), MESSAGE)


@pytest.mark.rule("UP-13")
def test_slack_and_any_webhook_get_a_document() -> None:
    with web_server(WebServer()) as server:
        send(Way("slack", f"{server.address}/T0/B0"), MESSAGE)
        send(Way("webhook", f"{server.address}/hook\n"), MESSAGE)
    first, second = server.posted
    assert first == {"text": f"*{MESSAGE.subject}*\n{MESSAGE.text}"}
    assert second == {"subject": MESSAGE.subject, "text": MESSAGE.text}


@pytest.mark.parametrize(("code", "told"), [(302, "answered 302"), (404, "answered 404"), (500, "answered 500")])
def test_a_webhook_that_moves_or_refuses_is_not_followed_and_its_address_is_not_told(code: int, told: str) -> None:
    with web_server(WebServer(code)) as server, pytest.raises(NotTold) as fault:
        send(Way("webhook", f"{server.address}/{PASSWORD}"), MESSAGE)
    assert told in str(fault.value) and PASSWORD not in repr(fault.value) and fault.value.__cause__ is None
    assert len(server.posted) == 1


@pytest.mark.parametrize(
    "address", [f"http://example.com/{PASSWORD}", f"file:///{PASSWORD}", PASSWORD, "", f"http://127.0.0.1:9/{PASSWORD}"]
)
def test_a_webhook_in_the_clear_or_none_at_all_is_not_called(address: str) -> None:
    with pytest.raises(NotTold) as fault:
        send(Way("webhook", address), MESSAGE)
    assert PASSWORD not in str(fault.value)


@pytest.mark.rule("UP-13")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_apprise_takes_it_to_what_it_knows() -> None:
    pytest.importorskip("apprise")
    with web_server(WebServer()) as server:
        place = server.address.removeprefix("http://")
        send(Way("apprise", f"json://{place}/?cto=2&rto=2"), MESSAGE)
        with pytest.raises(NotTold, match="does not know"):
            send(Way("apprise", f"nonsense://{PASSWORD}"), MESSAGE)
        server.code = 500
        with pytest.raises(NotTold, match="could not deliver"):
            send(Way("apprise", f"json://{place}/{PASSWORD}?cto=2&rto=2"), MESSAGE)
    assert server.posted[0]["message"].rstrip() == MESSAGE.text.rstrip()  # type: ignore[attr-defined]
