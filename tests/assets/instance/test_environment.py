"""What the environment says of the way to Stripe."""

import pytest

from assets.instance.environment import certificates_of, proxies_of

STRIPE = "https://api.stripe.com"


@pytest.mark.parametrize(
    ("variables", "proxies"),
    [
        ({}, {}),
        ({"HTTPS_PROXY": "http://a:1", "http_proxy": "http://b:1"}, {"https": "http://a:1", "http": "http://b:1"}),
        ({"ALL_PROXY": "socks5://a:1"}, {"all": "socks5://a:1"}),
        ({"HTTPS_PROXY": ""}, {}),
        ({"HTTPS_PROXY": "http://a:1", "NO_PROXY": "localhost,.stripe.com"}, {}),
        ({"HTTPS_PROXY": "http://a:1", "no_proxy": "*"}, {}),
        ({"HTTPS_PROXY": "http://a:1", "NO_PROXY": "example.com"}, {"https": "http://a:1"}),
    ],
)
def test_proxies_are_read_from_the_environment(variables: dict[str, str], proxies: dict[str, str]) -> None:
    assert proxies_of(variables, STRIPE) == proxies


def test_certificates_are_read_from_the_environment() -> None:
    assert certificates_of({}) is None
    assert certificates_of({"SSL_CERT_FILE": "/b", "REQUESTS_CA_BUNDLE": "/a"}) == "/a"
    assert certificates_of({"SSL_CERT_FILE": "/b"}) == "/b"
