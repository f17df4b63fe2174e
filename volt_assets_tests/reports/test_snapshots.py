"""What readers get stays as it was: a difference is either meant, and then the snapshots are renewed, or a defect."""

import pytest

from volt_assets_tests.reports.snapshots import made

MADE = made.everything()


def test_every_snapshot_is_of_a_report_and_every_report_has_one():
    assert {file.name for file in made.FOLDER.iterdir()} == MADE.keys()


@pytest.mark.parametrize("name", MADE)
def test_a_report_is_as_it_was(name: str):
    """To renew: python -m volt_assets_tests.reports.snapshots."""
    assert MADE[name] == (made.FOLDER / name).read_text(encoding="utf-8")
