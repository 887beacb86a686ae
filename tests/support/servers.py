"""Servers of this machine that keep what they are sent: one for mail, one for webhooks.

Lives here: as much of SMTP and HTTP as a message needs. Not here: what a message says.
"""

import json
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class MailServer:
    """A server that takes mail: with STARTTLS where it has a context, for all addresses but the refused ones."""

    context: ssl.SSLContext | None = None
    refused: tuple[str, ...] = ()
    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


@contextmanager
def mail_server(kept: MailServer) -> Iterator[MailServer]:
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with suppress(ssl.SSLError, ConnectionError):  # who trusts nobody hangs up
                self.converse()
            self.request.close()

        def converse(self) -> None:
            self.answer("220 here")
            while line := self.rfile.readline():
                word = line.decode().strip()
                kept.said.append(word)
                if word.upper().startswith("EHLO"):
                    offers = ["STARTTLS"] if kept.context and not isinstance(self.request, ssl.SSLSocket) else []
                    for offer in ("here", "AUTH PLAIN", *offers):
                        self.answer(f"250-{offer}")
                    self.answer("250 8BITMIME")
                elif word == "STARTTLS" and kept.context:
                    self.answer("220 go")
                    self.request = kept.context.wrap_socket(self.request, True, do_handshake_on_connect=False)
                    self.request.do_handshake()
                    self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", buffering=0)
                elif word.upper() == "DATA":
                    self.answer("354 go")
                    lines = []
                    while (part := self.rfile.readline()) != b".\r\n":
                        lines.append(part.removeprefix(b"."))
                    kept.mails.append(message_from_bytes(b"".join(lines), policy=policy.default))
                    self.answer("250 kept")
                elif word.upper() == "QUIT":
                    self.answer("221 bye")
                    return
                elif any(address in word for address in kept.refused):
                    self.answer("550 nobody of that name: secret words")
                elif word.startswith("AUTH"):
                    self.answer("235 welcome")
                else:
                    self.answer("250 well")

        def answer(self, text: str) -> None:
            self.wfile.write(text.encode() + b"\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        kept.port = server.server_address[1]
        yield from _served(server, kept)


@dataclass
class WebServer:
    """A server that keeps the documents that are posted to it, and answers with a code."""

    code: int = 200
    address: str = ""
    posted: list[dict[str, object]] = field(default_factory=list)


@contextmanager
def web_server(kept: WebServer) -> Iterator[WebServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            kept.posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(kept.code)
            self.send_header("Location", f"{kept.address}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        kept.address = f"http://127.0.0.1:{server.server_address[1]}"
        yield from _served(server, kept)


def _served(server: socketserver.BaseServer, kept: object) -> Iterator:  # type: ignore[type-arg]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        thread.join()
