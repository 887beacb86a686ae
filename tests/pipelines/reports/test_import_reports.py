"""The report of an import: one file that says what came, what became of it, and what to do next, in three languages."""

import re
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from uuid import UUID

import pytest

from pipelines.configuration.settings import FileSource, Sources
from pipelines.erasure.erase import erase
from pipelines.errors import WrongUse
from pipelines.home import Home
from pipelines.ledger import commit_imports
from pipelines.models.staged_file import Outcome
from pipelines.reports import page
from pipelines.reports.charts import Amount, bar_chart, column_chart
from pipelines.reports.import_facts import related_imports, shown
from pipelines.reports.import_page import COUNTS, LOOKS
from pipelines.reports.making import words_of
from pipelines.reports.paths import index_path, kept_reports, report_path
from pipelines.reports.write_reports import wanted_reports, write_reports
from schemas.codes import LANGUAGES, advice, short_name
from schemas.imports import STATUSES
from schemas.wordlists import wordlist
from tests.support.byte_search import found_in
from tests.support.flow import first_import, import_file, import_text, undo

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
LIST = (
    "E-mail;Name;Montant;Date;Remark <b>\n"
    "ana@example.com;Ana;1 234,50;05/01/2026;=1+1\n"
    "bob@example.com;Bob;10,00;17/02/2026;<script>alert(1)</script>\n"
    "cid(at)example.com;Cid;abc;18/02/2026;sk_live_abcdefghijkl0123456789\n"
)
SHOWN = {
    "en": ("What to do next", "done with rejected rows", "€1,244.50", "24 November 2026"),
    "fr": ("Que faire ensuite", "terminé avec des lignes rejetées", "1\u202f244,50\u00a0€", "24 novembre 2026"),
    "pl": ("Co dalej", "zakończono z odrzuconymi wierszami", "1\u00a0244,50\u00a0€", "24 listopada 2026"),
}


def sources(language: str) -> Sources:
    source = FileSource(profile="payments", locale=language)
    return Sources.model_validate({"base_currency": "EUR", "sources": {"shop": source}})


def imported(home: Home, language: str = "en") -> Outcome:
    mapping = {"Montant": "amount"}
    return import_text(home, LIST, sources=sources("fr" if language == "en" else language), mapping=mapping)


def written(home: Home, import_id: str) -> str:
    write_reports(home, [import_id], NOW)
    return report_path(home, import_id).read_text("utf-8")


def test_a_french_report_counts_the_rows_that_show_a_style_and_spaces_its_colon(home: Home) -> None:
    page = unescape(written(home, imported(home, "fr").import_id))
    shown_by = re.findall("<dd>([^<]*)(?:d'après|d’après) (la ligne|les lignes) ([^)<]*)", page)
    assert shown_by
    for told, noun, rows in shown_by:
        assert "\u202f: " in told
        assert (noun == "les lignes") is ("," in rows)


class Outline(HTMLParser):
    """The elements of a page in their order, each with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "br", "img", "input", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.found if tag in tags]


@pytest.mark.parametrize("language", ["fr", "pl"])
def test_a_report_speaks_the_language_of_its_sender(home: Home, language: str) -> None:
    text = written(home, imported(home, language).import_id)
    assert f'<html lang="{language}">' in text
    assert [part for part in SHOWN[language] if part not in text] == []
    told = unescape(text)
    for code in ("INVALID_EMAIL", "INVALID_NUMBER"):
        assert advice()[code].mend[language] in told and advice()[code].mend["en"] not in told
        # In its heading and beside its bar.
        assert told.count(short_name(code, language)) >= 2


def test_a_report_of_another_language_is_english(home: Home) -> None:
    text = written(home, import_text(home, "E-Mail;Name\na@example.com;A\nb;B\n", locale="de").import_id)
    assert '<html lang="en">' in text and SHOWN["en"][0] in text


def test_a_page_is_one_file_that_runs_nothing_and_asks_nobody(home: Home) -> None:
    text = written(home, imported(home).import_id)
    outline = Outline(text)
    assert not outline.open, "every element is closed"
    assert not outline.all("script", "link", "img", "iframe", "form")
    policy = next(meta["content"] for meta in outline.all("meta") if "http-equiv" in meta)
    assert policy and policy.startswith("default-src 'none'; style-src 'sha256-")
    assert not [attributes for _, attributes in outline.found if "style" in attributes or "onclick" in attributes]
    links = [link["href"] for link in outline.all("a")]
    assert links and all(link and not re.match(r"[a-z]+:|//", link) for link in links)


def test_what_a_sender_wrote_is_text_and_no_key_is_quoted(home: Home) -> None:
    text = written(home, imported(home).import_id)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text and "Remark &lt;b&gt;" in text
    assert "sk_live_…" in text and "abcdefghijkl" not in text


def test_whoever_cannot_see_is_told_the_same(home: Home) -> None:
    outline = Outline(written(home, imported(home).import_id))
    levels = [int(tag[1]) for tag, _ in outline.found if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert [len(outline.all(tag)) for tag in ("header", "main", "footer")] == [1, 1, 1]
    assert all(cell.get("scope") in ("col", "row") for cell in outline.all("th"))
    assert all(chart["role"] == "img" and chart["aria-label"] for chart in outline.all("svg"))
    identities = [attributes["id"] for _, attributes in outline.found if "id" in attributes]
    named = {attributes["aria-labelledby"] for _, attributes in outline.found if "aria-labelledby" in attributes}
    assert len(identities) == len({*identities}) and named <= {*identities}
    assert all(part["tabindex"] == "0" for part in outline.all("div") if part.get("class") == "wide")


def luminance(colour: str) -> float:
    parts = [
        int(each * 2 if len(colour) == 4 else each, 16) / 255
        for each in re.findall("." if len(colour) == 4 else "..", colour[1:])
    ]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_text_stands_out_in_light_in_dark_and_on_paper() -> None:
    text = (page.PAGES / page.STYLE).read_text("utf-8")
    looks = [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+)", part)) for part in re.findall(r":root \{([^}]*)\}", text)]
    assert len(looks) == 3
    for look in looks:
        pairs = [("ink", "paper"), ("soft", "paper"), ("link", "paper"), ("ink", "head"), ("soft", "head")]
        pairs += [(name, f"{name}-back") for name in ("good", "wait", "bad", "gone")]
        assert [pair for pair in pairs if contrast(look[pair[0]], look[pair[1]]) < 4.5] == []
        bars = ("bar-good", "bar-bad", "bar-other", "bar-money")
        assert [bar for bar in bars if contrast(look[bar], look.get("paper", "#fff")) < 2.6] == []


def test_every_status_has_its_word_and_a_sign_beside_its_colour() -> None:
    assert LOOKS.keys() == {*STATUSES}
    assert len({sign for _, sign in LOOKS.values()}) >= 5
    for language in LANGUAGES:
        assert {*STATUSES, *COUNTS} <= words_of(language).keys()
    assert [line["key"] for line in wordlist("import_report_words") if not all(line.values())] == []


def test_a_held_import_says_what_to_decide_and_later_that_it_was_decided(home: Home) -> None:
    rows = "".join(f"c{number}@example.com,N{number},{number}.50\n" for number in range(1, 21))
    first = import_text(home, f"email,name,total_spent\n{rows}", name="january.csv")
    held = import_text(home, f"email,name,total_spent\n{rows}new@example.com,New,1\n", name="again.csv")
    text = written(home, held.import_id)
    for choice in ("add", "skip_identical", "replace"):
        assert f"customers decide {held.import_id} {choice} --by NAME" in text
    assert "decide_import" in text and words_of("en")["nothing_written"] in text
    told = [unescape(step) for step in re.findall(r"<li><p>([^<]*)</p>", text)]
    assert [re.findall("Rows that count: .*", step) for step in told] == [
        ["Rows that count: 21; money in the table: +US$221.00."],
        ["Rows that count: 1; money in the table: +US$1.00."],
        ["Rows that count: 21; money in the table: +US$1.00."],
    ]
    assert "skip_identical: count only new rows" not in text, "said once, beside its command"
    commit_imports.decide(home, held.import_id, "replace", "Zoé", NOW)
    assert related_imports(home, [held.import_id]) == [first.import_id]
    assert "by Zoé: Put this import in the place of the earlier one" in written(home, held.import_id)
    assert f"Another import stands in its place: {held.import_id}" in written(home, first.import_id)


@pytest.mark.slow
def test_a_held_import_of_which_somebody_was_erased_says_no_figures_that_are_wrong_now(home: Home) -> None:
    rows = "".join(f"c{number}@example.com,N{number},{number}.50\n" for number in range(1, 21))
    import_text(home, f"email,name,total_spent\n{rows}", name="january.csv")
    held = import_text(home, f"email,name,total_spent\n{rows}new@example.com,New,1\n", name="again.csv")
    erase(home, "c3@example.com", "Zoé", NOW, UUID(int=7))
    text = written(home, held.import_id)
    assert f"customers decide {held.import_id} skip_identical --by NAME" in text and "Rows that count" not in text


def test_a_refused_file_says_why_and_an_undone_import_who_undid_it(home: Home) -> None:
    refused = import_text(home, "name\nAna\n", name="bad.csv")
    done = import_text(home, "email,name\nana@example.com,Ana\n")
    text = written(home, refused.import_id)
    assert "✗" in text and words_of("en")["nothing_written"] in text
    assert f"customers undo {done.import_id} --preview" in written(home, done.import_id)
    undo(home, done.import_id)
    told = written(home, done.import_id)
    assert "by tester. Customers who went with it: 1." in told and f"customers undo {done.import_id}" not in told


def test_rows_that_came_back_mended_are_told_where_they_were_rejected(home: Home) -> None:
    first = import_text(home, "email,name\nana@example.com,Ana\nbob,Bob\n")
    path = home.root / "drops" / "mended.csv"
    rejected = (home.rejects / f"{first.import_id}.csv").read_text("utf-8-sig")
    path.write_text(rejected.replace('"bob"', '"bob@example.com"'), "utf-8-sig")
    assert "customers import" in written(home, first.import_id)
    second = import_file(home, path)
    assert related_imports(home, [second.import_id]) == [first.import_id]
    text = written(home, first.import_id)
    assert "1 of 1 came back mended." in text and "customers import" not in text


def test_the_index_lists_imports_and_links_the_reports_that_are_there(home: Home) -> None:
    first, second = (import_text(home, f"email,name\n{name}@example.com,A\n", name=f"{name}.csv") for name in "ab")
    write_reports(home, [first.import_id], NOW)
    text = index_path(home).read_text("utf-8")
    assert f'href="{first.import_id}.html"' in text and f'href="{second.import_id}.html"' not in text
    assert "b.csv" in text and words_of("en")["no_report"] in text
    assert kept_reports(home) == {first.import_id}


def test_only_imports_of_files_have_reports(home: Home) -> None:
    first = first_import(home, "email,name\nana@example.com,Ana\n")
    assert wanted_reports(home, []) == [first.import_id] == wanted_reports(home, [first.import_id])
    with pytest.raises(WrongUse, match="customers history"):
        wanted_reports(home, ["shop-000000000000"])


@pytest.mark.slow
def test_an_erased_person_is_in_no_report(home: Home) -> None:
    her = "zaneta.wisniewska@example.com"
    listed = import_text(home, f"email;name;total spent\n{her};Żaneta Wiśniewska;12,50\no@example.com;Olek;1\n")
    refused = import_text(home, f"notes;last\n{her};Wiśniewska\n", name="bad.csv")
    other = import_text(home, "email;name\nc@example.com;C\n", name="c.csv")
    write_reports(home, [listed.import_id, refused.import_id, other.import_id], NOW)
    erase(home, her, "dpo", NOW, UUID(int=7))
    assert kept_reports(home) == {other.import_id}
    write_reports(home, wanted_reports(home, []), NOW)
    assert found_in(home.root, (her, "Wiśniewska"), but=("drops", "inbox"))[0] == []
    assert "o@example.com" in report_path(home, listed.import_id).read_text("utf-8")


def test_long_cells_are_quoted_in_whole_words() -> None:
    assert shown("a" * 40) == "a" * 40
    assert shown("somebody.with.a.very.long.name@department.example.com") == "…"
    assert shown("first second " * 5) == "first second first second first second …"


def test_bars_are_as_long_as_what_they_stand_for_and_texts_beside_them() -> None:
    chart = bar_chart("Rows", [Amount("accepted", 900, "900", "good"), Amount("rejected", 1, "1", "bad")])
    longest, least = chart.bars
    assert least.width == 2 < longest.width and longest.x == least.x
    assert chart.told == "Rows: accepted 900; rejected 1"
    columns = column_chart("Money", [Amount(f"m{n}", n, str(n), "money") for n in (1, 4, 2)])
    assert [bar.is_highest for bar in columns.bars] == [False, True, False]
    assert all(bar.y + bar.height == columns.base for bar in columns.bars)


def test_words_between_backticks_are_code_and_nothing_else_is_markup() -> None:
    assert str(page.ticked("use `map` & <b>")) == "use <code>map</code> &amp; &lt;b&gt;"
    assert str(page.ticked("an odd ` <i>")) == "an odd ` &lt;i&gt;"
