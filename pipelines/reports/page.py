"""What all pages share: the place of their templates, every value escaped, one style, no script and no network.

Lives here: rendering a page, and writing it whole. Not here: what stands in a page. A template is compiled once for
this version of Jinja and the template's text, as Python compiles a module: compiling takes 40 ms, reading what was
compiled 1 ms.
"""

import hashlib
import os
from base64 import b64encode
from functools import cache
from pathlib import Path

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup, escape

from pipelines.durable import written

PAGES = Path(__file__).parent / "pages"
STYLE = "style.css"


class Compiled(BytecodeCache):
    """Compiled templates beside Python's own compiled modules; where nobody may write, each process compiles anew."""

    folder = PAGES / "__pycache__"

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what was compiled, if it was; Jinja looks whether it is of this text and version."""
        path = self._path(bucket)
        if path.exists():
            with path.open("rb") as file:
                bucket.load_bytecode(file)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what is compiled, whole, for the next process."""
        if os.access(self.folder if self.folder.exists() else PAGES, os.W_OK):
            self.folder.mkdir(exist_ok=True)
            with written(self._path(bucket), str(os.getpid())) as unfinished, unfinished.open("wb") as file:
                bucket.write_bytecode(file)

    def _path(self, bucket: Bucket) -> Path:
        return self.folder / f"{bucket.key}.jinja"


def ticked(text: str) -> Markup:
    """A sentence in which our words between backticks stand as code; all of it is escaped."""
    parts = (escape(part) for part in text.split("`"))
    if text.count("`") % 2:
        return escape(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else part for place, part in enumerate(parts)
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(PAGES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        bytecode_cache=Compiled(),
    )
    environment.filters["ticked"] = ticked
    return environment


@cache
def _style() -> dict[str, Markup]:
    """The one style of all pages, and what the page's policy knows it by: no other may be applied."""
    text = (PAGES / STYLE).read_text("utf-8")
    digest = b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return {"style": Markup(text), "style_digest": Markup(f"sha256-{digest}")}  # noqa: S704  # our own file


def rendered(template: str, **values: object) -> str:
    """A page of one of our templates; every value is escaped: what a sender wrote is text, never markup."""
    return _environment().get_template(template).render(**_style(), **values)


def write_page(target: Path, page: str) -> None:
    """Write a page, whole or not at all; nobody but its owner may read it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with written(target) as unfinished:
        unfinished.touch(mode=0o600)
        unfinished.write_text(page, "utf-8")
