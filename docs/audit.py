"""What `make audit` says of the packages that this project runs on: known holes where they can be asked for, licences.

Run with the project's Python. Without a network, or without pip-audit, what the installed packages say of themselves is
all that is told; their ages stand in no metadata.
"""

import re
import subprocess
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

LOCK = Path(__file__).resolve().parents[1] / "requirements.lock"
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)
COPYLEFT = re.compile(r"\b(?:A?GPL|LGPL|MPL|EPL|CDDL|EUPL)\b|GNU", re.IGNORECASE)


def known_holes() -> int | None:
    """What pip-audit says of the lock, as its exit code; None where it is not installed or has no data."""
    if find_spec("pip_audit") is None:
        return None
    words = [sys.executable, "-m", "pip_audit", "--requirement", str(LOCK), "--disable-pip", "--require-hashes"]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)  # our own words alone
    print(ended.stdout or ended.stderr)
    return None if "ConnectionError" in ended.stderr else ended.returncode


def licence_of(package: Distribution) -> str:
    """The licence that a package states: its expression, its classifiers, or the first line of its text."""
    told = package.metadata
    classified = [text.split(" :: ")[-1] for text in told.get_all("Classifier") or [] if text.startswith("License")]
    said = told["License-Expression"] or ", ".join(classified) or (told["License"] or "").strip().split("\n")[0]
    return said[:60] or "none stated"


def main() -> int:
    """Print the table; 1 where a hole is known, or a package is missing, of another version or without a licence."""
    holes = known_holes()
    if holes is None:
        print("known holes: not asked for (no pip-audit here, or no network)\n")
    wrong = 0
    for name, version in PINNED.findall(LOCK.read_text("utf-8")):
        try:
            package = distribution(name)
        except PackageNotFoundError:
            print(f"{name:32} {version:14} not installed: of another platform or Python")
            continue
        licence = licence_of(package)
        notes = [f"installed: {package.version}"] if package.version != version else []
        notes += ["copyleft"] if COPYLEFT.search(licence) else []
        wrong += package.version != version or licence == "none stated"
        print(f"{name:32} {version:14} {licence:60} {' '.join(notes)}".rstrip())
    return int(bool(holes) or wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
