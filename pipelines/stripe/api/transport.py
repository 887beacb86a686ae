"""How a request leaves and its answer comes back: GET alone, the Bearer key alone, the body as it came.

Lives here: the HTTP client that the SDK is given. Not here: what an answer means (`client.py`). This module and
`client.py` are all that know `requests` and the SDK.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, NoReturn

import requests
import stripe
from requests.structures import CaseInsensitiveDict

from pipelines.errors import SealBroken

Timeout = tuple[float, float]
TIMEOUT: Timeout = (5.0, 30.0)
"""Seconds to connect, and between two parts of an answer."""

AT_ONCE = 1 << 20
"""Bytes read in one go: a whole page as a rule, where requests would take forty small pieces."""

NOTHING = b"{}"
OUTCOMES: tuple[tuple[type[Exception], str], ...] = (
    (requests.exceptions.ProxyError, "the proxy did not let it through"),
    (
        requests.exceptions.SSLError,
        "the certificate is not one to trust; is there a proxy with a certificate of its own?",
    ),
    (requests.exceptions.ConnectTimeout, "no connection in time"),
    (requests.exceptions.Timeout, "no answer in time"),
    (requests.exceptions.ChunkedEncodingError, "the answer broke off"),
    (requests.exceptions.ContentDecodingError, "the answer cannot be unpacked"),
    (requests.exceptions.ConnectionError, "no connection, or one that broke off"),
)


class Route(NamedTuple):
    """The way to Stripe: proxies by scheme, and CA certificates in place of the SDK's."""

    proxies: Mapping[str, str] = {}
    certificates: str | None = None


DIRECT = Route()


class Answer(NamedTuple):
    """What came back, as it came."""

    body: bytes
    status: int
    headers: Mapping[str, str]

    @property
    def request(self) -> str:
        """How Stripe's support finds the request again."""
        found = self.headers.get("Request-Id")
        return f"request {found}" if found else "no request id"

    @property
    def is_framed(self) -> bool:
        """Whether the answer says where it ends, so that one that broke off has been noticed."""
        return "Content-Length" in self.headers or "Transfer-Encoding" in self.headers


class Wire(stripe.HTTPClient):
    """The SDK's way out. Each thread has a session of its own, and finds the last answer that it got.

    The SDK is given an empty object in place of a good body, because its own parser would take ten times as long as
    everything else (stripe.md 4.3).
    """

    name = "requests"

    def __init__(self, route: Route, timeout: Timeout, sieve: Callable[[bytes], bytes]) -> None:
        """`route`: proxies and certificates; the environment is not asked, so that ~/.netrc cannot replace the key.
        `sieve`: cuts the key out of whatever comes back, before anybody reads it.
        """
        super().__init__()
        self._sieve = sieve
        self._route = route
        self._timeout = timeout
        self._mine = threading.local()
        self._sessions: list[requests.Session] = []

    @property
    def last(self) -> Answer | None:
        """The answer to this thread's last request; None where none came."""
        found: Answer | None = getattr(self._mine, "last", None)
        return found

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **_: Any
    ) -> tuple[Any, int, Mapping[str, str]]:
        """Send a GET. Raises SealBroken for anything else (AU-28), APIConnectionError where no answer comes."""
        # Before a byte leaves: nothing in here may change an account.
        if method.lower() != "get" or post_data is not None:
            raise SealBroken(f"{method.upper()} to Stripe: this software only reads")
        # Else the answer to an earlier request would be taken for one to this.
        self._mine.last = None
        answer = self._got(url, headers or {})
        if isinstance(answer, str):
            raise stripe.APIConnectionError(answer)  # type: ignore[no-untyped-call]  # the SDK types all but this
        self._mine.last = answer
        is_good = answer.status == requests.codes.ok and answer.body[:1] == b"{"
        return NOTHING if is_good else answer.body, answer.status, answer.headers

    def close(self) -> None:
        """Close every session."""
        for session in self._sessions:
            session.close()

    def _got(self, url: str, headers: Mapping[str, str]) -> Answer | str:
        """The answer, or why there is none: what failed holds the key in its headers, so it goes no further."""
        try:
            with self._session().get(
                url,
                headers=dict(headers),
                timeout=self._timeout,
                proxies=dict(self._route.proxies),
                verify=self._route.certificates or stripe.ca_bundle_path,
                # Read in large pieces by us instead of small ones by requests.
                stream=True,
                allow_redirects=False,  # Stripe sends nobody elsewhere; whoever does shall not see the key
            ) as came:
                # A server may write the key back, in an error or an echo.
                body = self._sieve(b"".join(came.iter_content(AT_ONCE)))
                headings = {name: self._sieved(value) for name, value in came.headers.items()}
                return Answer(body, came.status_code, CaseInsensitiveDict(headings))
        # Only its kind goes on: its request has the key in the headers.
        except requests.RequestException as error:
            told = next((words for kind, words in OUTCOMES if isinstance(error, kind)), "the request could not be sent")
            return f"{told} ({type(error).__name__})"

    def _sieved(self, header: str) -> str:
        return self._sieve(header.encode()).decode("utf-8", "replace")

    def _session(self) -> requests.Session:
        found: requests.Session | None = getattr(self._mine, "session", None)
        if found is None:
            found = requests.Session()
            # requests would read ~/.netrc, and replace the Bearer key by what stands there.
            found.trust_env = False
            self._mine.session = found
            self._sessions.append(found)
        return found

    def __reduce__(self) -> NoReturn:
        raise TypeError("a connection to Stripe is never pickled")
