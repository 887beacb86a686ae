"""How the account of a Stripe source is reached: at Stripe with its stored key, or in a recording.

Lives here: the resource that opens accounts; tests bring their own. Not here: keys
(`pipelines/stripe/credentials/vault.py`).
"""

from pathlib import Path

from assets.instance.environment import certificates_of, environment, master_keys_of, proxies_of
from pipelines.configuration.settings import StripeSource
from pipelines.home import Home
from pipelines.stripe.api.protocol import Account
from pipelines.stripe.api.recording import open_recording


class Accounts:
    """Opens accounts; the master keys are read when one is opened, and kept nowhere."""

    def open(self, home: Home, source: str, options: StripeSource, folder: Path) -> Account:
        """The account of a source; `folder`: where the paths of `sources.yaml` begin.

        Raises WrongUse where no key is stored, SecretError where it does not open.
        """
        from pipelines.stripe.api.transport import Route
        from pipelines.stripe.credentials import connection
        from pipelines.stripe.credentials.vault import ring_of

        if options.recorded is not None:
            return open_recording(folder / options.recorded)
        variables = environment()
        route = Route(proxies_of(variables, options.api_base), certificates_of(variables))
        ring = ring_of(master_keys_of(variables))
        return connection.open_source(home, source, options, ring, connection.Line(route))

    def livemode(self, home: Home, source: str) -> bool | None:
        """Whether a source's key is for live data; None where that is not known."""
        from pipelines.stripe.credentials import vault

        envelope = vault.load(home, source)
        return None if envelope is None or envelope.mode is None else envelope.mode == "live"
