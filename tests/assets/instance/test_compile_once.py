"""Engines of SQLite share what they compiled, and give what they would have given alone."""

from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as db
from sqlalchemy.dialects import registry, sqlite
from sqlalchemy.pool import NullPool

from assets.instance.compile_once import MOST, Compiled, SharingDialect, compile_once

TABLE = db.Table("events", db.MetaData(), db.Column("number", db.Integer), db.Column("kind", db.String))


@pytest.fixture(autouse=True)
def sharing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "impls", dict(registry.impls))
    monkeypatch.setattr(SharingDialect, "compiled", Compiled())
    compile_once()


def engine(path: Path) -> db.Engine:
    """As Dagster makes one for each event."""
    return db.create_engine(f"sqlite:///{path}", poolclass=NullPool, connect_args={"timeout": 30})


def test_a_statement_is_compiled_once_for_all_engines_of_all_databases(tmp_path: Path) -> None:
    for number, name in enumerate(["a.db", "b.db", "a.db", "b.db"]):
        with engine(tmp_path / name).begin() as connection:
            TABLE.create(connection, checkfirst=True)
            connection.execute(TABLE.insert().values(number=number, kind=name))
        before = len(SharingDialect.compiled)
        with engine(tmp_path / name).begin() as connection:
            rows = connection.execute(db.select(TABLE).where(TABLE.c.number == number)).all()
        assert rows == [(number, name)]
        assert number == 0 or len(SharingDialect.compiled) == before


def test_no_more_than_so_many_statements_are_kept(tmp_path: Path) -> None:
    with engine(tmp_path / "a.db").connect() as connection:
        for number in range(MOST + 10):
            assert connection.execute(db.text(f"SELECT {number}")).scalar() == number
    assert len(SharingDialect.compiled) <= MOST


def test_it_is_the_dialect_of_sqlalchemy_otherwise() -> None:
    assert issubclass(SharingDialect, sqlite.dialect)
    with db.create_engine("sqlite://").connect() as connection:
        assert isinstance(connection.dialect, SharingDialect)
        assert connection.execute(db.text("SELECT :a + 1"), {"a": 1}).scalar() == 2


def test_dagster_compiles_no_statement_anew_in_its_second_run(tmp_path: Path) -> None:
    @dg.asset
    def numbers() -> dg.MaterializeResult[None]:
        return dg.MaterializeResult(metadata={"count": 1})

    with dg.instance_for_test(temp_dir=str(tmp_path)) as instance:
        assert dg.materialize([numbers], instance=instance).success
        assert dg.materialize([numbers], instance=instance).success
        compiled = len(SharingDialect.compiled)
        assert compiled > 10  # tells when Dagster or SQLAlchemy no longer asks for them
        assert dg.materialize([numbers], instance=instance).success
        assert len(SharingDialect.compiled) <= compiled + 1  # Alembic writes the version of a run's database as a text
        assert len(instance.fetch_materializations(dg.AssetKey("numbers"), limit=9).records) == 3
