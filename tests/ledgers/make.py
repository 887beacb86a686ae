"""Making the ledger of a version, once, when that version is released: `python -m tests.ledgers.make 1`.

With `1_decided` people also entered, merged, separated and erased customers in it.

Lives here: what was done in that home, by the real commands: a bit of everything that leaves a fact. Not here: reading
it again (`test_ledgers.py`). A ledger that is kept is never made anew: it is what people have.
"""

import json
import os
import sys
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from click.testing import CliRunner

from assets.cli.main import main as customers
from assets.instance.environment import PROJECT
from pipelines.home import Home
from pipelines.ledger.decisions.merge_customers import Deciding, merge_customers
from pipelines.publishing.queries import read

HERE = Path(__file__).parent
BACKUP, EXPECTED = "backup", "expected.json"
"""What the archive of a version holds: the backup, and its tables by name."""

SOURCES = f"""
base_currency: EUR
sources:
  shop: {{locale: fr, keep: [Remarque]}}
  till: {{profile: payments}}
  clients: {{profile: upflow}}
  billing: {{kind: stripe, recorded: {PROJECT / "samples" / "billing"}}}
segments:
  retail: {{group: Retail}}
"""
FILES = {
    "shop/january.csv": "email;nom;société;téléphone;groupes;opt in;statut;total dépensé;premier paiement;Remarque\n"
    'ana@example.com;Ana Ève;"ACME; SA";0612345678;Retail|Gros;oui;actif;1234,50;02/01/2026;vip\n'
    "bob@example.com;Bob;;;retail;non;;3,20;05/01/2026;\n"
    "cam@example.com;=1+1;;;;;;;;\n"
    "pas une adresse;Eve;;;;;;1,00;;\n",
    "shop/february.csv": "email;nom;total dépensé;premier paiement\n"
    "ana@example.com;Ana;10,00;01/02/2026\ndan@example.com;Dan;20,00;02/02/2026\n",
    "shop/wrong.csv": "email;nom;total dépensé\nwrong@example.com;Wrong;99999,00\n",
    "till/payments.csv": "payment id,email,amount,date,status\np1,ana@example.com,10,2026-03-01,paid\n"
    "p1,ana@example.com,10,2026-03-01,refunded\np2,fay@example.com,7.25,2026-03-02,paid\n",
    "other/again.csv": "email;nom;total dépensé;premier paiement\n"
    "ana@example.com;Ana;10,00;01/02/2026\ndan@example.com;Dan;20,00;02/02/2026\n",
    "web/events.ndjson": '{"kind": "newsletter", "at": "2026-02-01T10:00:00Z", "email": "gus@example.com", '
    '"consent": true, "form": "footer"}\n'
    '{"kind": "access_request", "at": "2026-02-02T10:00:00Z", "email": "gus@example.com"}\n',
}
MARCH = (
    "email;nom;téléphone;total dépensé;premier paiement\n"
    "ivy@example.com;Ivy Kerr;0612345699;40,00;01/03/2026\njoe@example.com;Ivy Kerr;0612345699;5,50;02/03/2026\n"
    "lou@example.com;Lou Marek;0612345633;8,80;03/03/2026\nlou@example.com;Lou Marek;;soixante;04/03/2026\n"
)
DECIDED = "_decided"
TABLES = (
    "customers",
    "customer_groups",
    "customer_custom_fields",
    "customer_consents",
    "access_requests",
    "payments",
    "contacts",
    "customer_external_ids",
    "customer_segments",
    "spend_by_currency",
    "rejected_rows",
    "import_history",
    "customer_priority",
    "customer_priority_history",
    "pair_decisions",
    "possible_duplicates",
    "erased_totals",
)


def main(version: str) -> None:
    """Play the commands in a home of their own, and keep a backup of it with what its tables show."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        os.environ |= {"CUSTOMERS_HOME": str(root / "home"), "CUSTOMERS_SOURCES": str(root / "sources.yaml")}
        (root / "sources.yaml").write_text(SOURCES, "utf-8")
        for name, text in FILES.items():
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_text(text, "utf-8")
            asked("import", str(root / name), "--source", Path(name).parent.name)
        asked("import", str(next((PROJECT / "tests/cases/upflow_clients").glob("input.*"))), "--source", "clients")
        asked("stripe", "sync", "billing")
        asked("undo", import_of(Home(root / "home"), "wrong.csv"), "--by", "Zoé")
        asked("approve", "gus@example.com", "--by", "Zoé")
        mark = json.loads(asked("cleanup", "--below", "5", "--json"))["confirm"]
        asked("cleanup", "--below", "5", "--confirm", mark, "--by", "Zoé")
        merge_customers(Home(root / "home"), "dan@example.com", "fay@example.com", Deciding("Zoé", datetime.now(UTC)))
        if version.endswith(DECIDED):
            decide(root)
        asked("backup", str(root / "backup"))
        shown = {name: records(Home(root / "home"), name) for name in TABLES}
        (root / EXPECTED).write_text(json.dumps(shown, ensure_ascii=False, indent=1) + "\n", "utf-8")
        with tarfile.open(HERE / f"version_{version}.tar.xz", "x:xz") as packed:
            packed.add(root / "backup", BACKUP)
            packed.add(root / EXPECTED, EXPECTED)


def decide(root: Path) -> None:
    """What people do to customers one by one, some of it taken back."""
    (root / "shop/march.csv").write_text(MARCH, "utf-8")
    asked("import", str(root / "shop/march.csv"), "--source", "shop")
    asked("add", "--email", "hal@example.com", "--name", "Hal Ek", "--phone", "+33 6 98 76 54 32", "--by", "Zoé")
    asked("edit", "ana@example.com", "city=Lyon", "company=", "groups=Gros, Presse", "--by", "Zoé")
    asked("edit", "ana@example.com", "city=Metz", "opt_in=0", "consent_evidence=letter of 3 May", "--by", "Ben")
    asked("edit", "ana@example.com", "--release", "groups", "--by", "Ben")
    asked("edit", "hal@example.com", "email=hal.ek@example.com", "--by", "Zoé")
    asked("merge", "ivy@example.com", "joe@example.com", "--by", "Zoé")
    asked("merge", "ivy@example.com", "hal@example.com", "--by", "Zoé")
    asked("separate", "ivy@example.com", "hal@example.com", "--by", "Zoé")
    asked("separate", "ana@example.com", "ivy@example.com", "--by", "Zoé")
    asked("edit", "lou@example.com", "city=Brest", "--by", "Zoé")
    asked("edit", "ivy@example.com", "city=Nantes", "--by", "Zoé")
    asked("undo", latest_entry(Home(root / "home")), "--by", "Zoé")
    asked("duplicates")
    asked("erase", "lou@example.com", "--by", "Zoé", "--yes")
    asked("erase", "gus@example.com", "--by", "Zoé", "--yes")


def asked(*words: str) -> str:
    """What a command prints; it must not fail."""
    answer = CliRunner().invoke(customers, words)
    if answer.exit_code > 1:
        raise SystemExit(f"{' '.join(words)}: {answer.output}")
    return answer.stdout


def import_of(home: Home, file_name: str) -> str:
    """The import of a file."""
    return str(read(home.published, "SELECT import_id FROM import_history WHERE file_name = ?", [file_name]).item())


def latest_entry(home: Home) -> str:
    """What somebody entered last."""
    latest = "SELECT import_id FROM import_history WHERE format = 'manual' ORDER BY finished_at DESC LIMIT 1"
    return str(read(home.published, latest).item())


def records(home: Home, name: str) -> list[dict[str, object]]:
    """A table's rows as JSON has them, in a fixed order."""
    rows = read(home.published, f"FROM {name} ORDER BY ALL")
    found: list[dict[str, object]] = json.loads(json.dumps(rows.to_dicts(), default=str))
    return found


if __name__ == "__main__":
    main(sys.argv[1])
