from pathlib import Path

import pytest

from volt_assets_tests.acceptance.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path, {})


def test_the_page_of_all_weeks_is_named_with_the_weeks_newest_first(home):
    reports = home.project / ".volt" / "reports"
    for week in ("2025-W41", "2025-W42"):
        (reports / week).mkdir(parents=True)
    (reports / "index.html").write_text("")
    assert home.volt("reports").stdout == f"{reports / 'index.html'}\n"
    assert home.volt("reports", "--json").json == {
        "index": str(reports / "index.html"),
        "weeks": ["2025-W42", "2025-W41"],
    }


def test_it_is_opened_when_asked_for(home, monkeypatch):
    (home.project / ".volt" / "reports").mkdir(parents=True)
    index = home.project / ".volt" / "reports" / "index.html"
    index.write_text("")
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    home.volt("reports")
    assert opened == []
    home.volt("reports", "--open")
    assert opened == [index.as_uri()]


def test_without_reports_it_says_what_makes_them(home):
    outcome = home.volt("reports")
    assert outcome.exit_code == 2
    assert "volt run" in outcome.stderr
