"""Who may be one and the same: pairs in three languages that are, and the opposite ones that only look it (16.4)."""

from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from bench.duplicate_customers import customers as made_customers
from pipelines.duplicates import blocks
from pipelines.duplicates import possible_duplicates as possible_duplicates_module
from pipelines.duplicates.comparable import comparable
from pipelines.duplicates.grades import points
from pipelines.duplicates.possible_duplicates import possible_duplicates

CORPUS = Path(__file__).parents[4] / "shared" / "corpus" / "duplicates"

Customer = dict[str, Any]


def who(first: str | None = None, last: str | None = None, **values: object) -> Customer:
    return {"first_name": first, "last_name": last} | values


def proposed(one: Customer, other: Customer) -> pl.DataFrame:
    """What is proposed of two customers among four hundred others."""
    pair = pl.DataFrame([one, other], infer_schema_length=None).with_columns(customer_id=pl.Series(["one", "two"]))
    rest = made_customers(400, twice=0, alike=0).drop("who")
    everybody = pl.concat([pair, rest], how="diagonal_relaxed")
    found = possible_duplicates(everybody)
    return found.filter(pl.col("customer_a").is_in(["one", "two"]) & pl.col("customer_b").is_in(["one", "two"]))


PARIS = {"city": "Paris", "postal_code": "75011"}
HOME = {"address": "12 rue des Lilas", "postal_code": "69003", "city": "Lyon", "phone": "+33478000001"}

SAME = {
    "an english short name": (who("Robert", "Ashdown", city="Hull"), who("Bob", "Ashdown", city="Hull")),
    "a french short name": (who("Frédéric", "Lamoureux", **PARIS), who("Fred", "Lamoureux", **PARIS)),
    "a polish short name": (who("Katarzyna", "Wójcik", city="Łódź"), who("Kasia", "Wojcik", city="Lodz")),
    "letters without accents": (who("Łukasz", "Żółkiewski", city="Kraków"), who("Lukasz", "Zolkiewski", city="Krakow")),
    "names in the other order": (who("Nowicki", "Zbigniew", city="Gdynia"), who("Zbigniew", "Nowicki", city="Gdynia")),
    "a whole name and its parts": (who(name="Anna Ostrowska", city="Gdynia"), who("Anna", "Ostrowska", city="Gdynia")),
    "a slip of the finger": (who("Margaret", "Thistlewood", **PARIS), who("Margaret", "Thistelwood", **PARIS)),
    "a double name": (who("Marie", "Delacroix-Vasseur", **PARIS), who("Marie", "Vasseur", **PARIS)),
    "name and postal code": (who("Olga", "Brandt", postal_code="10115"), who("Olga", "Brandt", postal_code="10115")),
    "an initial and a phone": (
        who("J.", "Harcourt", phone="+33478000009"),
        who("Jane", "Harcourt", phone="+33478000009"),
    ),
    "one phone written otherwise": (
        who("Ivy", "Lindqvist", phone="+46812345678"),
        who("Ivy", "Lindqvist", mobile="+46812345678"),
    ),
    "addresses that are near": (
        who("Petra", "Holm", email="petra.holm@nordlicht.example.com"),
        who("Petra", "Holm", email="petra.holn@nordlicht.example.com"),
    ),
    "a slip behind the at sign": (
        who("Petra", "Holm", email="petra.holm@nordlicht.example.com"),
        who("Petra", "Holm", email="petra.holm@nordlcht.example.com"),
    ),
    "a last name that only the mailbox tells": (
        who("Petra", email="p.holmqvist7@mail.example.com", **PARIS),
        who("Petra", "Holmqvist", **PARIS),
    ),
    "a first name that only the mailbox tells": (
        who(None, "Holmqvist", email="petra_holmqvist@mail.example.com", **PARIS),
        who("Petra", "Holmqvist", **PARIS),
    ),
    "one reference in two systems": (
        who("Ada", "Quist", references=["CUST-00417"]),
        who("Ada", "Quist", references=["CUST-00417"]),
    ),
    "a company with and without its form": (
        who(company="Brasserie Montclair SARL", city="Lille"),
        who(company="BRASSERIE MONTCLAIR", city="Lille"),
    ),
    "a company in its long form": (
        who(company="Bednarz Meble Sp. z o.o.", city="Radom"),
        who(company="Bednarz Meble spółka z ograniczoną odpowiedzialnością", city="Radom"),
    ),
    "one VAT number": (
        who(company="Kessler Technik GmbH", vat_number="DE123456789"),
        who(company="Kessler Tech", vat_number="DE123456789"),
    ),
}


@pytest.mark.matrix(5)
@pytest.mark.parametrize("case", SAME)
def test_who_is_one_is_proposed(case: str) -> None:
    assert proposed(*SAME[case]).height == 1


OTHERS = {
    "father and son at one address": (who("Henryk", "Zaremba", **HOME), who("Tomasz", "Zaremba", **HOME)),
    "a couple with one phone": (who("Claire", "Fontaine", **HOME), who("Pascal", "Fontaine", **HOME)),
    "sisters of like names": (who("Julia", "Colin", **HOME), who("Julianna", "Colin", **HOME)),
    "somebody of a family whose first name is not told": (
        who(None, "Zaremba", **HOME),
        who("Tomasz", "Zaremba", **HOME),
    ),
    "two who share a phone and no name": (
        who("Ida", "Berg", phone="+4730000001"),
        who("Olav", "Lund", phone="+4730000001"),
    ),
    "two branches of a company": (
        who(company="Meridian Foods Ltd", city="Leeds", address="1 Mill Road"),
        who(company="Meridian Foods Ltd", city="Bristol", address="88 Quay Street"),
    ),
    "two companies at one info address": (
        who(company="Alder Print", email="info@hub.example.com"),
        who(company="Zephyr Dental", email="info@hub.example.com"),
    ),
    "two colleagues": (
        who("Nina", "Sorel", company="Meridian Foods Ltd", city="Leeds"),
        who("Paul", "Abbot", company="Meridian Foods Ltd", city="Leeds"),
    ),
    "one company name and another VAT number": (
        who(company="Nova Sp. z o.o.", vat_number="PL5260001246", city="Radom"),
        who(company="Nova Sp. z o.o.", vat_number="PL7010009325", city="Radom"),
    ),
    "blanks": (who(), who()),
    "blank texts": (who("", "", email="", phone=""), who("", "", email="", phone="")),
    "short references of two counters": (
        who("Ada", "Quist", references=["17"]),
        who("Olaf", "Rund", references=["17"]),
    ),
}


@pytest.mark.parametrize("case", OTHERS)
def test_who_only_looks_alike_is_not_proposed(case: str) -> None:
    assert proposed(*OTHERS[case]).is_empty()


def test_namesakes_with_a_common_name_in_one_town_are_not_proposed() -> None:
    names = [who(f"Jean{'' if n % 3 else '-Luc'}", "Martin" if n % 2 else "Bernard", city="Paris") for n in range(60)]
    frame = pl.DataFrame(names).with_columns(customer_id=pl.int_range(60).cast(pl.String))
    assert possible_duplicates(frame).is_empty()


def test_a_pair_says_by_field_how_it_agrees_and_its_points_sum_to_the_score() -> None:
    row = proposed(*SAME["a polish short name"]).row(0, named=True)
    grades = {grade["field"]: grade["grade"] for grade in row["grades"]}
    assert grades == {"first_name": "variant", "last_name": "equal", "city": "equal"}
    assert sum(grade["points"] for grade in row["grades"]) == pytest.approx(row["score"])


def test_only_pairs_of_the_customers_named_are_looked_for() -> None:
    everybody = made_customers(600).drop("who")
    all_pairs = possible_duplicates(everybody)
    some = pl.Series([all_pairs["customer_a"][0], all_pairs["customer_b"][-1]])
    mine = pl.col("customer_a").is_in(some.implode()) | pl.col("customer_b").is_in(some.implode())
    assert possible_duplicates(everybody, some).equals(all_pairs.filter(mine))


def test_the_order_of_customers_changes_nothing() -> None:
    everybody = made_customers(300).drop("who")
    assert possible_duplicates(everybody).equals(possible_duplicates(everybody.reverse()))


@pytest.mark.slow
def test_pairs_are_the_same_in_parts_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    everybody = made_customers(600).drop("who")
    whole, changed = possible_duplicates(everybody), everybody["customer_id"].head(200)
    some = possible_duplicates(everybody, changed)
    for module in (blocks, possible_duplicates_module):
        monkeypatch.setattr(module, "PART", 7)
    assert whole.height > 20 and possible_duplicates(everybody).equals(whole)
    assert possible_duplicates(everybody, changed).equals(some)


def test_a_mailbox_tells_a_blank_name_only_where_its_other_half_is_the_name_that_is_there() -> None:
    told = [
        ("Petra", None, "petra.holm@example.com", ("petra", "holm")),
        ("Petra", None, "p_holm9@example.com", ("petra", "holm")),
        (None, "Holm", "petra-holm@example.com", ("petra", "holm")),
        ("Petra", None, "service.client@example.com", ("petra", None)),
        ("Petra", None, "petraholm@example.com", ("petra", None)),
        ("Petra", None, "petra.h@example.com", ("petra", None)),
        (None, None, "petra.holm@example.com", (None, None)),
        ("Petra", "Lund", "petra.holm@example.com", ("petra", "lund")),
        ("Petra", None, None, ("petra", None)),
    ]
    frame = pl.DataFrame(told, schema=["first_name", "last_name", "email", "expected"], orient="row")
    found = comparable(frame.with_columns(customer_id=pl.int_range(pl.len()).cast(pl.String)))
    assert found.select("first", "last").rows() == [expected for *_, expected in told]


def test_a_legal_form_alone_stays_a_companys_name() -> None:
    frame = pl.DataFrame({"customer_id": ["a", "b"], "company": ["SARL", "Société Générale (SA)"]})
    assert comparable(frame)["company"].to_list() == ["sarl", "generale"]


def test_every_grade_has_points_and_every_points_a_bound() -> None:
    assert all(least <= most for _, least, most in points().values())


def pairs_of(ids: pl.Series, persons: pl.Series) -> set[frozenset[str]]:
    groups: dict[str, list[str]] = {}
    for identity, person in zip(ids, persons, strict=True):
        groups.setdefault(person, []).append(identity)
    return {frozenset(pair) for group in groups.values() for pair in combinations(group, 2)}


def rates(
    found: pl.DataFrame, true: set[frozenset[str]], counts: Callable[[str, str], bool] = lambda a, b: True
) -> tuple[float, float]:
    """Precision and recall among the pairs that count."""
    counted = {pair for pair in true if counts(*pair)}
    pairs = {frozenset((a, b)) for a, b in found.select("customer_a", "customer_b").iter_rows() if counts(a, b)}
    return len(pairs & counted) / len(pairs), len(pairs & counted) / len(counted)


def test_made_customers_of_whom_all_is_known_are_found() -> None:
    everybody = made_customers(6_000)
    true = pairs_of(everybody["customer_id"], everybody["who"].cast(pl.String))
    precision, recall = rates(possible_duplicates(everybody.drop("who")), true)
    assert precision >= 0.95 and recall >= 0.85


@pytest.mark.skipif(not CORPUS.exists(), reason="the shared corpus is not here")
def test_persons_written_down_with_many_faults_are_found_without_their_birth_dates() -> None:
    rows = pl.read_csv(CORPUS / "fake_1000.csv", infer_schema=False).with_columns(pl.all().replace("", None))
    told = rows.rename({"surname": "last_name", "unique_id": "customer_id"}).drop("dob")
    true = pairs_of(told["customer_id"], told["cluster"])
    precision, recall = rates(possible_duplicates(told), true)
    assert precision >= 0.97 and recall >= 0.62
    emails = dict(told.select("customer_id", "email").iter_rows())
    precision, recall = rates(possible_duplicates(told), true, lambda a, b: emails[a] is None or emails[a] != emails[b])
    assert precision >= 0.97 and recall >= 0.50
    merged = told.group_by(pl.coalesce("email", "customer_id").alias("key"), maintain_order=True).agg(
        pl.col("customer_id", "cluster").first(),
        pl.col("first_name", "last_name", "city", "email").drop_nulls().last(),
    )
    precision, recall = rates(possible_duplicates(merged), pairs_of(merged["customer_id"], merged["cluster"]))
    assert precision >= 0.97 and recall >= 0.50
