"""The ways in which a message leaves: by mail, to a webhook, by whatever apprise speaks.

Lives here: the conversation with a server. Not here: what is said (`message.py`), where a secret stands
(`assets/instance/environment.py`). What goes wrong is told by its kind alone: the text of such an error holds the
address, and the address of a webhook is its key.
"""

import json
import smtplib
import ssl
from email.message import EmailMessage
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from pipelines.configuration.notifications import MailServer
from pipelines.notifications.message import Message
from pipelines.notifications.not_told import NotTold

PATIENCE = 10.0
"""Seconds for a server to answer."""
NEAR = ("localhost", "127.0.0.1", "::1")


class Way(NamedTuple):
    """How a recipient is reached: one of mail, slack, webhook, apprise; the secret is an address, of mail a password.

    `proxies`: by scheme, of the webhook's address.
    """

    kind: str
    secret: str | None = None
    mail: tuple[str, ...] = ()
    server: MailServer | None = None
    proxies: dict[str, str] | None = None


def send(way: Way, message: Message) -> None:
    """Send a message. Raises NotTold."""
    try:
        if way.kind == "mail":
            _mail(way, message)
        elif way.kind == "apprise":
            _apprise(way, message)
        else:
            _post(way, message)
    except NotTold:
        raise
    except Exception as error:  # a library's error may hold an address or a password: its kind is told, and no cause
        raise NotTold(f"{type(error).__name__}{_code(error)}") from None


def _code(error: Exception) -> str:
    """What a server answered, as a number."""
    code = getattr(error, "smtp_code", None) or getattr(error, "code", None)
    return f" {code}" if isinstance(code, int) else ""


def _mail(way: Way, message: Message) -> None:
    server = way.server
    if server is None:
        raise NotTold("sources.yaml names no mail_server")
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = message.subject, server.sender, ", ".join(way.mail)
    mail["Auto-Submitted"] = "auto-generated"  # no absence note answers it (RFC 3834)
    mail.set_content(message.text)
    secure = ssl.create_default_context()
    if server.security == "tls":
        line: smtplib.SMTP = smtplib.SMTP_SSL(server.server, server.port, timeout=PATIENCE, context=secure)
    else:
        line = smtplib.SMTP(server.server, server.port, timeout=PATIENCE)
    with line:
        if server.security == "starttls":
            line.starttls(context=secure)
        if server.user is not None:
            line.login(server.user, way.secret or "")
        if refused := line.send_message(mail):
            raise NotTold(f"the server took it for {len(way.mail) - len(refused)} of {len(way.mail)} addresses")


class _NoRedirect(HTTPRedirectHandler):
    """A webhook does not move: following would hand its message to whoever answers there."""

    def redirect_request(self, *_: object) -> None:
        return None


def _post(way: Way, message: Message) -> None:
    address = (way.secret or "").strip()
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in NEAR):
        raise NotTold("the address of the webhook is none of https")
    document = {"text": f"*{message.subject}*\n{message.text}"} if way.kind == "slack" else message._asdict()
    body = json.dumps(document, ensure_ascii=False).encode()
    request = Request(address, body, {"Content-Type": "application/json"}, method="POST")  # noqa: S310  # see above
    try:
        build_opener(ProxyHandler(way.proxies or {}), _NoRedirect).open(request, timeout=PATIENCE).close()
    except HTTPError as error:
        error.close()
        raise NotTold(f"the server answered {error.code}") from None


def _apprise(way: Way, message: Message) -> None:
    try:
        import apprise  # noqa: PLC0415  # the extra `notify`, for those who use it
    except ImportError:
        raise NotTold("apprise is not installed; `make notify` installs it") from None
    told = apprise.Apprise()
    addresses = [line.strip() for line in (way.secret or "").splitlines() if line.strip()]
    if not addresses or not all(told.add(address) for address in addresses):
        raise NotTold("apprise does not know one of the addresses")
    # Plain text goes out as HTML unless it is said what it is; the answer equals neither True nor False (2.3).
    if not told.notify(title=message.subject, body=message.text, body_format="text"):
        raise NotTold("apprise could not deliver it to all")
