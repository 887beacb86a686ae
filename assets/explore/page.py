"""The analyst's page: select customers, see their money over time, their cohorts, the imports, one of them; export.

Lives here: how it is laid out. Not here: the numbers (`pipelines/exploring/overview.py`), starting it (`__main__.py`).
No cell keeps a connection: each asks by a function that opens the file and closes it. Every few seconds the page looks
whether another snapshot was swapped in, and only then asks again. Nothing is written.
"""

import marimo

app = marimo.App(width="full", app_title="Customers")

with app.setup:
    from datetime import UTC, datetime

    import marimo as mo
    import polars as pl
    from polars import selectors as cs

    from assets.instance.environment import environment, home_of
    from pipelines.exploring.overview import MOST_SHOWN, choices, exported, one_customer, overview
    from pipelines.exploring.pictures import cohorts_by_first_payment, quality_of_imports, spend_over_time
    from pipelines.publishing.selection import Selection

    SNAPSHOT = home_of(environment()).published
    LOOK = "3s"


@app.function
def section(heading: str, *parts: object) -> object:
    """A part of the page under its heading; a chart of which there is nothing is left out."""
    return mo.vstack([mo.md(f"## {heading}"), *(part for part in parts if part != "")])


@app.function
def chart(svg: str) -> object:
    """A chart as it stands, or nothing."""
    return mo.Html(svg) if svg else ""


@app.function
def table(rows: pl.DataFrame, selected: int | None = None, pick: bool = False, at_once: int = 10) -> object:
    """A frame as it is, without guesses of what its columns mean; `pick` lets somebody choose one row."""
    days_and_minutes = cs.datetime().dt.strftime("%Y-%m-%d %H:%M UTC")
    return mo.ui.table(
        rows.with_columns(days_and_minutes, cs.string().fill_null("")),
        selection="single" if pick else None,
        initial_selection=None if selected is None else [selected],
        show_column_summaries=False,
        show_data_types=False,
        show_download=False,  # of the rows shown, with money as floats; the buttons export all of them, to the cent
        page_size=at_once,
        show_search=rows.height > at_once,
    )


@app.cell
def _():
    looks = mo.ui.refresh(options=[LOOK, "1m"], default_interval=LOOK)
    shown, show = mo.state((0, 0))
    remembered: dict[str, str] = {}
    return looks, remembered, show, shown


@app.cell
def _(looks, show, shown):
    _ = looks.value  # another look
    _file = SNAPSHOT.stat()
    if shown() != (_file.st_ino, _file.st_mtime_ns):
        show((_file.st_ino, _file.st_mtime_ns))
    return


@app.cell
def _(looks, shown):
    _published = datetime.fromtimestamp(shown()[1] / 1e9, UTC)
    mo.hstack(
        [mo.md(f"# Customer Intake\nAs published on {_published:%Y-%m-%d at %H:%M:%S} UTC"), looks], align="center"
    )
    return


@app.cell
def _(remembered, shown):
    _ = shown()
    filters = mo.ui.dictionary(
        {
            name: mo.ui.dropdown(
                there, value=remembered.get(name) if remembered.get(name) in there else None, label=name
            )
            for name, there in vars(choices(SNAPSHOT)).items()
        }
    )
    mo.hstack(list(filters.elements.values()), justify="start", wrap=True)
    return (filters,)


@app.cell
def _(filters, remembered, shown):
    _ = shown()
    remembered.update(filters.value)
    selection = Selection(**filters.value)
    seen = overview(SNAPSHOT, selection)
    return seen, selection


@app.cell
def _(seen, selection):
    _sums, _currency = seen.sums, seen.sums["currency"]
    section(
        "The selection",
        mo.hstack(
            [
                mo.stat(f"{_sums['customers']:,}", label="customers", bordered=True),
                mo.stat(f"{_sums['spent']:,.2f} {_currency}", label="spent", bordered=True),
                mo.stat(f"{_sums['refunded']:,.2f} {_currency}", label="refunded", bordered=True),
                *(mo.stat(f"{_sums[name]:,}", label=name, bordered=True) for name in ("high", "medium", "low")),
            ],
            justify="start",
            wrap=True,
        ),
        mo.hstack(
            [
                mo.download(
                    lambda kind=kind: exported(SNAPSHOT, selection, kind),
                    filename=f"customers.{kind}",
                    label=f"Export these customers as {kind.upper()}",
                )
                for kind in ("csv", "xlsx")
            ],
            justify="start",
        ),
    )
    return


@app.cell
def _(seen):
    section(
        "Spend over time",
        chart(spend_over_time(seen.spend, seen.sums["currency"])),
        mo.md("Payments that sources tell one by one; what lists tell as totals is in the sums above alone."),
        mo.accordion({"The numbers": table(seen.spend)}),
    )
    return


@app.cell
def _(remembered, seen):
    _ids = seen.customers["customer_id"].to_list()
    _at = _ids.index(remembered["customer"]) if remembered.get("customer") in _ids else None
    customers = table(seen.customers, _at, pick=True)
    _more = f" The first {MOST_SHOWN:,} are shown." if seen.sums["customers"] > MOST_SHOWN else ""
    section("Customers", mo.md(f"Select one to see all that is known of it.{_more}"), customers)
    return (customers,)


@app.cell
def _(customers, remembered):
    _chosen = customers.value["customer_id"].to_list()
    remembered["customer"] = _chosen[0] if _chosen else ""
    _known = one_customer(SNAPSHOT, _chosen[0]) if _chosen else {}
    _parts = [
        part
        for heading, rows in _known.items()
        for part in (mo.md(f"### {heading}"), table(rows, at_once=40 if heading == "Its row" else 10))
    ]
    section("A customer", *_parts) if _parts else None
    return


@app.cell
def _(seen):
    section(
        "Cohorts by first payment",
        chart(cohorts_by_first_payment(seen.cohorts)),
        mo.accordion({"The numbers": table(seen.cohorts)}),
    )
    return


@app.cell
def _(seen):
    section("Quality of imports", chart(quality_of_imports(seen.imports)), table(seen.imports))
    return


if __name__ == "__main__":
    app.run()
