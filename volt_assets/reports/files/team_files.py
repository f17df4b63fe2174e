"""The reports of the teams that people.yaml names, as files beside people's: pages, Markdown, and the facts as JSON."""

import json
from collections.abc import Mapping
from datetime import datetime

from volt_assets.reports.facts.period import period_facts
from volt_assets.reports.facts.prepared import PreparedPeriod
from volt_assets.reports.facts.teams import members
from volt_assets.reports.rendering.html import page_of
from volt_assets.reports.rendering.markdown import markdown_of
from volt_assets.reports.report import Report
from volt_assets.reports.rules import ReportRules
from volt_assets.reports.sentences.templates import template_prose
from volt_assets.reports.view.report import view_of
from volt_assets.reports.view.teams import FOLDER


def team_files(
    prepared: PreparedPeriod,
    rules: ReportRules,
    names: Mapping[int, str],
    generated_at: datetime,
    *,
    index: str | None = None,
) -> dict[str, str]:
    """The files' contents by path, for the prepared days; none where the period is of some people only.

    `names` are the file names of people's reports; `index` is the address of the list of all weeks.
    """
    if prepared.user_ids is not None:
        return {}
    files: dict[str, str] = {}
    for team, user_ids in members(prepared.connection, rules.people).items():
        with PreparedPeriod(prepared.connection, *prepared.days, user_ids, hours=prepared.hours) as of_team:
            facts = period_facts(of_team, rules, team).team
        if not facts.people and not facts.expected.absent:
            continue
        report = Report(facts, generated_at, prose=template_prose(facts))
        view = view_of(report, rules.privacy.file_names(names))
        file = f"{FOLDER}/{rules.people.team_files[team]}"
        content = json.dumps(facts.model_dump(mode="json"), ensure_ascii=False, indent=2)
        files |= {f"{file}.md": markdown_of(view), f"{file}.html": page_of(view, index=index), f"{file}.json": content}
    return files
