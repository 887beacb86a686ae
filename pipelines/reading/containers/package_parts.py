"""The package that an Office document is: its main part, and of what type each part is (ECMA-376, part 2).

Lives here: relations and content types of parts. Not here: which formats are read (`formats.py`), what stands in the
parts (`xlsx_parts.py`).
"""

import posixpath
import zipfile
from collections.abc import Mapping
from xml.etree import ElementTree

from pipelines.reading.containers.broken_xml import NO_XML

CONTENT_TYPES, RELATIONS = "[content_types].xml", "_rels/.rels"
MAIN = "/officedocument"


def type_of_main_part(container: zipfile.ZipFile) -> str:
    """The content type of the part that the package says it is about, in lower case; empty where it says none.

    Only that part's own type tells the format: SheetJS (0.18 to 0.20) declares the type of a binary workbook for every
    part that ends in `bin`, of which its xlsx has none; a text document may hold workbooks.
    """
    names = {_plain(name): name for name in container.namelist()}
    if CONTENT_TYPES not in names:
        return ""
    types = _elements(container.read(names[CONTENT_TYPES]))
    links = _elements(container.read(names[RELATIONS])) if RELATIONS in names else []
    main = next((link.get("target", "") for link in links if link.get("type", "").lower().endswith(MAIN)), None)
    own = {_plain(each["partname"]): each.get("contenttype", "").lower() for each in types if "partname" in each}
    if main is None:
        return next((type_ for type_ in own.values() if ".main" in type_), "")
    # A target may be relative (`./xl/workbook.xml`).
    part = _plain(posixpath.normpath(main))
    by_ending = {
        each["extension"].lower(): each.get("contenttype", "").lower() for each in types if "extension" in each
    }
    return own.get(part) or by_ending.get(part.rpartition(".")[2], "")


def _plain(part: str) -> str:
    """The name of a part as it is compared: names differ in case, slashes and a slash before them (part 2, 6.2.2)."""
    return part.replace("\\", "/").lstrip("/").lower()


def _elements(text: bytes) -> list[Mapping[str, str]]:
    """The attributes of every element, their names in lower case; none where the text is no XML."""
    try:
        root = ElementTree.fromstring(text)  # noqa: S314  # expat refuses entities that swell, and these parts are small
    except NO_XML:
        return []
    return [{name.lower(): value for name, value in element.attrib.items()} for element in root.iter()]
