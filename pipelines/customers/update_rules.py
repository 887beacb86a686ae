"""Update rules at the fold: which row's value counts, where a source said that its own count more, less or not at all.

Lives here: the rules of live imports, and what they make of columns of contributions and details. Not here: what a
source may say (`pipelines/configuration/update_rules.py`), the fold without rules (`merge.py`), which stays as it is
where the ledger has none.

The rules in force are facts of an import, kept beside it in the ledger: undo in any order, replacing and rebuilding
give what the rows and rules that are left give, whatever `sources.yaml` says by then. What people decided by hand goes
before all of them: the rows that it goes before are blank to the fold (`counted_by_hand`).
"""

from collections.abc import Collection

import polars as pl

from pipelines.warehouse.database import Connection, rows_of
from schemas.ways_in.manual_entry import HAND_RULES

AFTER_ALL = 1 << 61
"""Beyond every row's position in the ledger."""

IDENTITY = ("email", "external_id", "name", "phone", "mobile")
"""What a customer is known by in the table: one of them is there."""

OF_HAND = ", ".join(f"'{rule}'" for rule in HAND_RULES)

RULE = "rule_of_"
"""How a column begins that says by which rule a row's value counts; null: as usual."""


def rules_in_force(connection: Connection, fields: Collection[str]) -> pl.DataFrame:
    """The rules of imports for some fields: `import_seq`, `field`, `rule`; none for what is folded as usual."""
    named = ", ".join(f"'{name}'" for name in fields)
    return rows_of(
        connection,
        "SELECT import_seq::BIGINT AS import_seq, field, rule FROM ledger.import_rules "
        f"WHERE field IN ({named}) AND rule NOT IN ({OF_HAND}) ORDER BY ALL",
    )


def stated_by_hand(connection: Connection) -> frozenset[str]:
    """The fields of which anybody ever decided something by hand."""
    asked = f"SELECT DISTINCT field FROM ledger.import_rules WHERE rule IN ({OF_HAND})"
    return frozenset(rows_of(connection, asked)["field"])


def rules_by_hand(connection: Connection, fields: Collection[str]) -> pl.DataFrame:
    """What people decided about some fields, entry by entry, superseded ones too: as `rules_in_force`."""
    named = ", ".join(f"'{name}'" for name in fields)
    return rows_of(
        connection,
        "SELECT import_seq::BIGINT AS import_seq, field, rule FROM ledger.import_rules "
        f"WHERE field IN ({named}) AND rule IN ({OF_HAND}) ORDER BY ALL",
    )


def counted_by_hand(field: str) -> str:
    """SQL: whether what a row says of a field may count beside what people decided by hand about its customer: of
    whom they decided, that decision alone, which may be that it is blank; else everything but what was taken back.
    An address that was stated goes before those of the same key alone: merged customers keep each their own.
    """
    whose = "keyed_id" if field == "email" else "customer_id"
    return (
        f"(import_seq IN ({_in_force(field, 'import_seq')}) OR import_seq NOT IN ({_entries_about(field)}) "
        f"AND {whose} NOT IN ({_in_force(field, whose)}))"
    )


def not_taken_back(field: str) -> str:
    """SQL: whether what a row says of a field is of a file, or what people decided last by hand."""
    return f"(import_seq IN ({_in_force(field, 'import_seq')}) OR import_seq NOT IN ({_entries_about(field)}))"


def decided_by_hand(field: str) -> str:
    """SQL: whether a row is what people decided about a field by hand."""
    return f"(import_seq IN ({_in_force(field, 'import_seq')}))"


def masked(field: str) -> str:
    """SQL: a field of details, blank in the rows of imports that never set it, and where people decided otherwise."""
    never = _imports_of(field, "never")
    return f"CASE WHEN import_seq NOT IN ({never}) AND {counted_by_hand(field)} THEN {field} END AS {field}"


def _in_force(field: str, column: str) -> str:
    return f"SELECT {column} FROM ledger.by_hand WHERE field = '{field}'"


def _entries_about(field: str) -> str:
    return f"SELECT import_seq FROM ledger.import_rules WHERE field = '{field}' AND rule IN ({OF_HAND})"


def masked_points(points: str, kind: str) -> str:
    """SQL: ways to reach somebody, without those of a kind in the rows of imports that never set the field."""
    return (
        f"CASE WHEN import_seq IN ({_imports_of(kind, 'never')}) "
        f"THEN list_filter({points}, lambda point: point.kind <> '{kind}') ELSE {points} END"
    )


def order_of(field: str) -> str:
    """SQL: the order of rows of details by which the last value of a field counts, where imports have rules for it."""
    return (
        f"CASE WHEN import_seq IN ({_imports_of(field, 'always')}) THEN row_position + {AFTER_ALL} "
        f"WHEN import_seq IN ({_imports_of(field, 'if_blank')}) THEN -row_position ELSE row_position END"
    )


def _imports_of(field: str, rule: str) -> str:
    return f"SELECT import_seq FROM ledger.import_rules WHERE field = '{field}' AND rule = '{rule}'"


def with_rules(contributions: pl.DataFrame, rules: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, pl.Expr]]:
    """Contributions without the values that never count, and the rule of each column that has one, in place of its
    usual one: over a customer's rows in their order (AMB-13).

    The newest value that always counts, else the newest usual one, else the first of those for blanks only. Whoever
    would have neither address nor reference, name nor number is called as the rows call them, whoever owns that: a
    customer without identity is none (PIT-49).
    """
    ruled = [name for name in rules["field"].unique().sort() if name in contributions.columns]
    if not ruled:
        return contributions, {}
    marked = contributions.with_columns(_rule_of(name, rules).alias(RULE + name) for name in ruled)
    never = {name: pl.col(RULE + name).eq_missing("never") for name in ruled}
    told = {name: pl.when(~never[name]).then(pl.col(name)) if name in ruled else pl.col(name) for name in IDENTITY}
    known = pl.any_horizontal(told[name].is_not_null() for name in IDENTITY if name in contributions.columns)
    # A rule may leave a customer without anything it is known by; then its rows name it all the same.
    anonymous = ~known.any().over("id_high", "id_low")
    left_out = {name: never[name] & ~anonymous if name in IDENTITY else never[name] for name in ruled}
    columns = [pl.when(~left_out[name]).then(pl.col(name)).alias(name) for name in ruled]
    columns += [pl.when(~never[name]).then(pl.col(RULE + name)).alias(RULE + name) for name in ruled]
    return marked.with_columns(columns), {name: _by_rule(name) for name in ruled}


def _rule_of(name: str, rules: pl.DataFrame) -> pl.Expr:
    theirs = rules.filter(pl.col("field") == name)
    place = pl.col("import_seq").cast(pl.Int64)
    return place.replace_strict(theirs["import_seq"], theirs["rule"], default=None, return_dtype=pl.String)


def _by_rule(name: str) -> pl.Expr:
    value, rule = pl.col(name), pl.col(RULE + name)
    return pl.coalesce(
        value.filter(rule == "always").last(ignore_nulls=True),
        value.filter(rule.is_null()).last(ignore_nulls=True),
        value.filter(rule == "if_blank").first(ignore_nulls=True),
    )
