"""A server on 127.0.0.1 that answers as it is told, one act per request: properly, wrongly, or not at all.

The last act is played for all further requests. What came is written down.
"""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

LIVE_KEY = "rk_live_" + "Aa1Bb2Cc3Dd4Ee5Ff6Gg7Hh8QRST"
TEST_KEY = "rk_test_" + "Zz9Yy8Xx7Ww6Vv5Uu4Tt3Ss2WXYZ"
EMPTY_PAGE = {"object": "list", "data": [], "has_more": False, "url": "/v1/charges"}
STALL = 1.0


class Seen(NamedTuple):
    """A request that came."""

    method: str
    path: str
    headers: dict[str, str]


Act = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Server:
    """The server while it runs: where it is, what came."""

    address: str
    seen: list[Seen] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)


def page(*objects: dict[str, object], has_more: bool = False) -> Act:
    return answer(200, EMPTY_PAGE | {"data": list(objects), "has_more": has_more})


def answer(status: int, body: object, **headers: str) -> Act:
    """An answer in JSON, or in bytes as they are; `Retry_After` is written Retry-After."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = {name.replace("_", "-"): value for name, value in headers.items()}

    def act(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(raw)), "Request-Id": "req_told", **told}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(raw)

    return act


def error(status: int, code: str = "", message: str = "No.", param: str = "", **headers: str) -> Act:
    """A refusal as Stripe writes it."""
    told = {"type": "invalid_request_error", "message": message, "code": code, "param": param}
    return answer(status, {"error": {name: value for name, value in told.items() if value}}, **headers)


def raw(sent: bytes) -> Act:
    """These bytes, and the connection is closed."""

    def act(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(sent)
        handler.close_connection = True

    return act


def reset(handler: BaseHTTPRequestHandler) -> None:
    """The connection is torn down."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def stalled(server: Server) -> Act:
    """Nothing comes until the test is over."""

    def act(handler: BaseHTTPRequestHandler) -> None:
        server.released.wait(STALL)
        handler.close_connection = True

    return act


HTML = answer(200, b"<html>Please log in to the network</html>", Content_Type="text/html")
OTHER_JSON = answer(200, {"portal": "log in first"})
BAD_GATEWAY = answer(502, b"<html>Bad gateway</html>", Content_Type="text/html")
CUT = raw(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"object": "list", "data": [')
CUT_CHUNK = raw(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n50\r\n{"object": "list"')
CUT_UNTOLD = raw(b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"has_more": true, "data": [{"id": "ch_1", "amount": {}')
NOISE = raw(b"\x16\x03\x01\x02\x00\x01\xfc\x03\x03\x8f\x00")
NOT_GZIP = answer(200, b"\x00\x01\x02", Content_Encoding="gzip")
NO_REPLY = raw(b"")


@contextmanager
def serving(*acts: Act) -> Iterator[Server]:
    """The server, playing these acts in their order."""
    played: list[Act] = list(acts)
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle_any(self) -> None:
            with lock:
                server.seen.append(Seen(self.command, self.path, dict(self.headers)))
                act = played.pop(0) if len(played) > 1 else played[0]
            act(self)

        do_GET = do_POST = do_DELETE = do_PUT = do_HEAD = handle_any

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except (ConnectionError, ValueError, OSError):  # whoever asked is gone
                self.close_connection = True

        def finish(self) -> None:
            try:
                super().finish()
            except (ConnectionError, ValueError, OSError):
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    http.block_on_close = False
    server = Server(f"http://127.0.0.1:{http.server_address[1]}")
    running = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    running.start()
    try:
        yield server
    finally:
        server.released.set()
        http.shutdown()
        http.server_close()
        running.join()
