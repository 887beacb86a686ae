"""What `make run` imports of `samples/`."""

from assets.cli.commands.samples import sample_files


def test_the_samples_are_imported_source_by_source_without_the_recorded_account() -> None:
    sources = [path.parent.name for path in sample_files()]
    assert sources == sorted(sources)
    assert {"crm", "shop", "wholesale"} <= set(sources)
    assert "billing" not in sources
