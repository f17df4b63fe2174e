"""The generated company without names: in what a run leaves of the team's report, and in what a model was sent."""

from datetime import timedelta
from pathlib import Path

import pytest

from volt_assets_tests.acceptance.home import Home


@pytest.mark.parametrize("mode", ["initials", "pseudonyms"])
def test_neither_the_teams_reports_nor_what_a_model_is_sent_tell_who_anybody_is(
    generated_weeks, generated_server, today, tmp_path: Path, mode
):
    home: Home = generated_weeks.copy(tmp_path)
    home.environment |= generated_server.model_environment | {"VOLT_PRIVACY": mode}
    people = list(generated_server.company.toggl.people.values())
    said = [text.casefold() for person in people for text in (person.name, person.email)]
    generated_server.model.requests.clear()
    closed = today - timedelta(days=today.weekday(), weeks=1)
    run = home.run(str(closed), str(closed + timedelta(days=6)), "--start-from", "reports")
    week = home.project / ".volt" / "reports" / f"{closed:%G-W%V}"
    texts = [path.read_text() for folder in (run.folder / "reports", week) for path in folder.glob("team_summary.*")]
    assert len(texts) == 4
    texts += [str(body) for body in generated_server.model.requests]
    assert len(texts) > 10
    for text in texts:
        assert not [name for name in said if name in text.casefold()]
    # Their own reports are theirs.
    (own,) = home.sql(
        "SELECT count(*) FROM individual_reports WHERE week = ? AND markdown LIKE '%' || (facts ->> 'name') || '%'",
        closed,
    )
    assert own[0] >= 10
