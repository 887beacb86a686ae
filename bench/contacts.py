"""Measures what contacts cost: `python bench/contacts.py --clients 1000000`.

Here: the import of a list of clients with two contacts each, a publish of everything anew, the list's undo, each in a
process of its own, with the rows of the tables that come of it. Not here: lists of customers (`imports.py`).
"""

import argparse
import tempfile
from pathlib import Path

from ledger import apart, import_file, undo
from measure import NOW
from report import record

from pipelines.home import Home
from pipelines.ledger import recompute
from pipelines.publishing.queries import read

SOURCE = "crm"
TITLES = "Client name;External ID;Contact email;First name;Last name;Phone;Position;Main contact"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what contacts cost.")
    parser.add_argument("--clients", type=int, default=1_000_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        file, home = Path(folder, "clients.csv"), Home(Path(folder, "home"))
        home.root.mkdir()
        write_clients(asked.clients, file)
        costs = {"Import": apart(import_file, home, file, SOURCE), "Rebuild": apart(recompute.rebuild, home)}
        held = {name: read(home.published, f"SELECT count(*) FROM {name}").item() for name in ("customers", "contacts")}
        assert held == {"customers": asked.clients, "contacts": 2 * asked.clients}, held
        costs["Undo"] = apart(undo, home)
    for step, cost in costs.items():
        record(f"{step} of {asked.clients:,} clients with two contacts each", {NOW: [cost]}, NOW)


def write_clients(count: int, path: Path) -> None:
    """Two rows per client, of which the first has the client's name and its main contact."""
    with path.open("w", encoding="utf-8") as file:
        file.write(f"{TITLES}\n")
        for number in range(count):
            phone = f"+331990{number % 90_000 + 10_000}"
            file.write(f"Client {number};C-{number};a{number}@example.com;Ann;Roe;{phone};Comptable;1\n")
            file.write(f";C-{number};b{number}@example.com;Bob;Lee;;Acheteur;\n")


if __name__ == "__main__":
    main()
