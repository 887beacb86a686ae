"""The account on a wire: an HTTP server on 127.0.0.1 with latency, limits and faults, in a thread of the test.

`with serving(account, latency=0.3, per_second=100, per_endpoint=25) as server:` gives `server.url` and
`server.requests`. Lives here: HTTP and time. Not here: what is answered (`account.py`), which faults and
limits there are (`faults.py`, `limits.py`), the same in a process of its own (`__main__.py`).
"""

import asyncio
import contextlib
import gzip
import itertools
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from tests.stripe_peer import answers
from tests.stripe_peer.account import FakeAccount
from tests.stripe_peer.answers import Answer
from tests.stripe_peer.faults import Fault, struck
from tests.stripe_peer.limits import Bucket
from tests.stripe_peer.objects import API_VERSION

LINGER = struct.pack("ii", 1, 0)
"""Makes closing a connection break it: the other side sees a reset."""


class Request(NamedTuple):
    """One request as it arrived, and the status that it was answered with; 0 where the reply was torn."""

    method: str
    path: str
    parameters: Mapping[str, str]
    headers: Mapping[str, str]
    status: int
    at: float

    @property
    def endpoint(self) -> str:
        """`charges` of `/v1/charges/ch_1`."""
        return endpoint_of(self.path)


class Server:
    """Who listens; `requests` is what was asked so far, in order, where `remember` holds."""

    def __init__(
        self,
        accounts: Sequence[FakeAccount],
        *,
        latency: float = 0.0,
        per_second: float | None = None,
        per_endpoint: float | None = None,
        faults: Sequence[Fault] = (),
        packed: bool = False,
        remember: bool = True,
        extra: Callable[[str, Mapping[str, str]], Answer] | None = None,
    ) -> None:
        """`packed`: gzip for who takes it, as Stripe does; `extra` answers what is asked under `/_peer/`."""
        self.accounts = accounts
        self.latency = latency
        self.faults = list(faults)
        self.packed = packed
        self.remember = remember
        self.extra = extra
        self.requests: list[Request] = []
        self.statuses: Counter[tuple[str, int]] = Counter()
        self.numbers: Counter[str] = Counter()
        self.all = Bucket(per_second)
        self.buckets = {endpoint: Bucket(per_endpoint) for endpoint in answers.PERMISSIONS}
        self.connected: set[asyncio.Transport] = set()
        self.stop: Callable[[], object] = lambda: None
        self.url = ""

    def reply(self, method: str, target: str, headers: Mapping[str, str]) -> tuple[Answer, Fault | None]:
        """The answer to a request, and the fault that strikes it."""
        parts = urlsplit(target)
        parameters = dict(parse_qsl(parts.query, keep_blank_values=True))
        if self.extra and parts.path.startswith("/_peer/"):
            return self.extra(parts.path, parameters), None
        endpoint = endpoint_of(parts.path)
        self.numbers[endpoint] += 1
        fault = struck(self.faults, endpoint, self.numbers[endpoint])
        answer = self._limited(endpoint) or self._answered(fault, method, parts.path, parameters, headers)
        lost = fault is not None and fault.how not in ("answer", "stall")
        self._note(Request(method, parts.path, parameters, headers, 0 if lost else answer.status, time.monotonic()))
        return self._packed(answer, headers), fault

    def _packed(self, answer: Answer, headers: Mapping[str, str]) -> Answer:
        if not self.packed or "gzip" not in headers.get("accept-encoding", ""):
            return answer
        told = {**answer.headers, "Content-Encoding": "gzip"}
        return Answer(answer.status, gzip.compress(answer.body, 1), told)

    def _limited(self, endpoint: str) -> Answer | None:
        bucket = self.buckets.get(endpoint, self.all)
        enough = {"endpoint-rate": bucket.fill(), "global-rate": self.all.fill()}
        for reason, there in enough.items():
            if not there:
                return answers.too_many(reason)
        for taken in {bucket, self.all}:
            taken.take()
        return None

    def _answered(
        self, fault: Fault | None, method: str, path: str, parameters: Mapping[str, str], headers: Mapping[str, str]
    ) -> Answer:
        if fault is not None and fault.answer is not None:
            return fault.answer
        kind, _, key = headers.get("authorization", "").partition(" ")
        told = key if kind == "Bearer" else None
        account = next((one for one in self.accounts if told in one.keys), self.accounts[0])
        return account.answer(method, path, parameters, told)

    def _note(self, request: Request) -> None:
        self.statuses[request.endpoint, request.status] += 1
        if self.remember:
            self.requests.append(request)


class Connection(asyncio.Protocol):
    """One connection: requests one after the other, kept open."""

    identities = itertools.count(1)

    def __init__(self, server: Server) -> None:
        self.server = server
        self.arrived = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.server.connected.add(transport)

    def connection_lost(self, _: Exception | None) -> None:
        self.server.connected.discard(self.transport)

    def data_received(self, data: bytes) -> None:
        self.arrived += data
        while (request := self._next()) is not None:
            answer, fault = self.server.reply(*request)
            late = self.server.latency + (fault.seconds if fault else 0.0)
            if late:
                asyncio.get_running_loop().call_later(late, self._send, answer, fault)
            else:
                self._send(answer, fault)

    def _next(self) -> tuple[str, str, dict[str, str]] | None:
        """The next whole request among what has arrived."""
        head, mark, rest = self.arrived.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = {
            name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])
        }
        length = int(headers.get("content-length", 0))
        if not mark or len(rest) < length:
            return None
        self.arrived = rest[length:]
        method, target, _ = lines[0].split(" ")
        return method, target, headers

    def _send(self, answer: Answer, fault: Fault | None) -> None:
        if self.transport.is_closing():
            return
        head = self._head(answer)
        match fault.how if fault else "answer":
            case "reset":
                self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)
                self.transport.abort()
            case "empty":
                self.transport.close()
            case "garbage":
                self._last(bytes(range(128, 256)) * 3)
            case "cut":
                half = answer.body[: len(answer.body) // 2]
                self._last(b"%bTransfer-Encoding: chunked\r\n\r\n%x\r\n%b" % (head, len(answer.body), half))
            case _:
                self.transport.writelines([head, b"Content-Length: %d\r\n\r\n" % len(answer.body), answer.body])

    def _last(self, text: bytes) -> None:
        self.transport.write(text)
        self.transport.close()

    def _head(self, answer: Answer) -> bytes:
        own = {"Request-Id": f"req_{next(self.identities):014}", "Stripe-Version": API_VERSION}
        headers = {"Server": "nginx", "Content-Type": "application/json"} | own | answer.headers
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"HTTP/1.1 {answer.status} {'OK' if answer.status == 200 else 'No'}\r\n{lines}".encode()


def endpoint_of(path: str) -> str:
    """`charges` of `/v1/charges/ch_1`."""
    return path.removeprefix("/v1/").partition("/")[0]


@contextlib.contextmanager
def serving(*accounts: FakeAccount, **options: object) -> Iterator[Server]:
    """Serve accounts, told apart by their keys, from a thread; options as `Server` has them."""
    server = Server(accounts, **options)  # type: ignore[arg-type]  # they are Server's own
    ready = threading.Event()
    thread = threading.Thread(target=asyncio.run, args=(_serve(server, ready),), daemon=True)
    thread.start()
    if not ready.wait(30):
        raise TimeoutError("the server did not come up within 30 seconds")
    try:
        yield server
    finally:
        server.stop()
        thread.join()


async def _serve(server: Server, ready: threading.Event) -> None:
    """Listen until the server is told to stop, then drop whoever is still connected."""
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    server.stop = lambda: loop.call_soon_threadsafe(stopped.set)
    opened = await listening(server)
    ready.set()
    await stopped.wait()
    opened.close()
    for transport in list(server.connected):
        transport.abort()
    await asyncio.sleep(0)


async def listening(server: Server, port: int = 0) -> asyncio.Server:
    """Open the door on a free port, and write the address into the server."""
    opened = await asyncio.get_running_loop().create_server(lambda: Connection(server), "127.0.0.1", port)
    server.url = f"http://127.0.0.1:{opened.sockets[0].getsockname()[1]}"
    return opened
