"""True sentences that keep to the prompt's rules: as somebody writes who has read the facts, and by templates.

None of the code that checks sentences has a part in them. The templates fill what is listed with the cases (`TOPICS`).
"""

import random
from collections.abc import Iterator
from typing import NamedTuple

from bench.corpora.cases import CASES, TOPICS
from volt_assets.reports.facts.models import TeamFacts
from volt_assets.reports.sentences.menu import menu_of


class TrueSentence(NamedTuple):
    """A sentence for a place of a case's report; `item` is the one that a sentence of "done" is about."""

    case: str
    place: str
    item: str | None
    text: str


# By hand. A line each: the sentences of one place, or (done) of one item by its public id.
BY_HAND = {
    ("software", "summary", None): """
        {name} worked on {item1.time}, {item2.time} and {item3.time}.
        Most of the time went to {project1.time}.
        {project1.time} took most of the time.
        The time was split between {project1.time}, {project2.time} and {project3.time}.
        {project1.time} was the largest project, followed by {project2.time}.
        The largest item was {item1.time}.
        {name} mostly worked on {project1.time}.
        The work included {item1.time} and {item4.time}.
        {name} focused on {item1.time} and {item2.time}.
        Time also went to {item5.time}.
        {item1.time} and {item2.time} were the largest items of the week.
        {name} continued work on {item1.time}.
        {name} started {item3.time}.
        {name} also dealt with {item4.time} and {item5.time}.
        Work on {item3.time} was started this week.
        {name} spent the week mainly on {project1.time} and {project2.time}.
        The week was mostly about {project1.time}.
        Some of the time was spent on {item5.time}.
        Part of the time went to {project2.time}.
        {total.other} was tracked as well.
        {name} tracked {total.linked}.
        {name} tracked {total.entries} on {total.items}.
        This was {before.time}.
        {item1.over} was worked on.
        {item4.overdue} was among the items worked on.
        The main topic was {item1.time}, where the login after a password reset was looked into.
        Besides {item1.time}, {name} worked on {item3.time}.
        {name} looked into {item1.time}.
        {name} worked in {project1.time} and {project2.time}.
        Attention was given to {item4.time}.
    """,
    ("software", "achievements", None): """
        {item2.finished} was finished.
        {item2.finished} and {item6.finished} were finished.
        {name} finished {item2.finished} and {item6.finished}.
        {name} completed {item6.finished}.
        The invoices were migrated from Oracle to Postgres in {item2.finished}.
        With {item2.finished}, the migration of invoices was completed.
        {total.finished} were recorded.
        Among the finished items were {item2.finished} and {item6.finished}.
        {item6.finished} was deployed to production.
        The release {item6.finished} was deployed.
    """,
    ("software", "done", "417"): """
        Worked on the login after a password reset {days}.
        Reproduced the dropped session cookie on Firefox.
        Continued to work on the login that fails on Firefox.
        Looked into the session cookie that is dropped on Firefox.
        Investigated the login on Firefox after a password reset {days}.
        The session cookie on Firefox was investigated.
        Continued investigating the login bug, {over}.
        Spent {time} on the password reset, {over}.
        Debugging of the login continued {days}.
        The bug in the login was worked on {days}.
        Worked on the login page and the session cookie.
    """,
    ("software", "done", "88"): """
        Migrated the invoices from Oracle to Postgres, {finished}.
        Copied the tables and switched the reports.
        The invoices were migrated to Postgres and the reports switched.
        Finished migrating invoices from Oracle to Postgres.
        Completed the migration of the invoices {days}.
        Moved the invoices to Postgres, {parent}.
        The migration was completed and the old database kept for audits.
        Continued and finished the migration.
    """,
    ("software", "done", "91"): """
        Started on two-factor authentication with codes by app or text message.
        Began adding two-factor authentication.
        Worked on codes by app and by text message {days}, {left}.
        Started work on authentication codes, {due}.
        Work on two-factor authentication was started.
        Implementing two-factor authentication was started {days}.
    """,
    ("software", "done", "95"): """
        Worked on speeding up the search {days}.
        Worked on an index on the title column for the search page.
        Looked at the slow search, {overdue}.
        Worked on the performance of the search page.
        The search page and its index were worked on.
        Time was spent on the search page, {overdue}.
    """,
    ("software", "done", "102"): """
        Attended the planning meeting {days}.
        Took part in the planning meeting.
        Planned and discussed work in the meeting.
        Spent {time} in the planning meeting.
        Time went into planning {days}.
    """,
    ("software", "done", "103"): """
        Deployed the release to production, {finished}.
        Released it and watched the dashboards.
        The release was deployed to production.
        Shipped the release and watched the dashboards {days}.
    """,
    ("design", "summary", None): """
        {name} mostly worked on {project1.time}.
        {project1.time} took most of the time, followed by {project2.time}.
        The largest item was {item1.time}.
        Time was spent on {item1.time}, {item2.time} and {item3.time}.
        {name} prepared and ran the sessions of {item3.time}.
        {name} drafted the screens of {item1.time}.
        The work covered {item3.time} and {item4.time}.
        {name} continued with {item1.time}.
        {item3.time} was started.
        Other work was on {project2.time}.
        {name} worked on the welcome and permissions screens of {item1.time}.
    """,
    ("design", "achievements", None): """
        {item2.finished} was completed.
        {name} finished {item2.finished} and {item5.finished}.
        The icon set {item2.finished} was finished.
        The copy of the landing page was finished with {item5.finished}.
        {item5.finished} and {item2.finished} were completed.
    """,
    ("design", "done", "12"): """
        Drafted the welcome and permissions screens in Figma.
        Continued the onboarding screens and reviewed them with sales.
        Worked on shorter text for the permissions screen.
        The onboarding screens were drafted and reviewed with sales.
        Continued work on the onboarding screens of the mobile app {days}.
        Reviewed the screens with sales.
        Worked on screens for the welcome, the permissions and the project.
    """,
    ("design", "done", "15"): """
        Finished the icon set for vessel kinds.
        Completed the icons, {finished}.
        Drew the icon set for vessel kinds.
        The icons for the vessel kinds were finished {days}.
        Designed icons for vessel kinds.
    """,
    ("design", "done", "17"): """
        Prepared the script and ran the sessions with customers.
        Started the usability test and prepared its script.
        Ran usability sessions with customers {days}.
        Tested usability with customers.
        The sessions with customers were run {days}.
        Worked on the findings of the usability test.
    """,
    ("design", "done", "21"): """
        Worked on colours and type of the style guide.
        Looked into contrast for print.
        Worked on the colours of the style guide, with contrast for print.
    """,
    ("design", "done", "23"): """
        Finished the landing page copy {days}.
    """,
    ("support", "summary", None): """
        {project1.time} took most of the time.
        {name} handled {item1.time} and {item2.time}.
        Time went to {item1.time}, {item2.time} and {item3.time}.
        {item1.time} was the main topic of the week.
        {name} continued to handle {item1.time}.
        {name} worked on the FAQ in {item3.time}.
        {name} tracked {before.time}.
        {name} worked mostly in {project1.time}, and also in {project2.time}.
    """,
    ("support", "achievements", None): """
        {item2.finished} was resolved.
        {item2.finished} was finished.
        {name} set up the printer in {item2.finished}.
        {name} closed {item2.finished}.
    """,
    ("support", "done", "501"): """
        Checked refund requests against orders, and writing to customers was part of it.
        Continued with the refund requests of the holiday season.
        Handled refund requests by card {days}.
        Refund requests of the holiday season were checked {days}.
        Continued checking requests against the order.
    """,
    ("support", "done", "502"): """
        Updated the driver, after which labels print again.
        Set up the printer at Northwind, {finished}.
        Installed drivers on the office machines.
        Solved the printing of empty labels with a driver update.
        The printer was set up and the drivers updated.
        Fixed labels that came out empty.
    """,
    ("support", "done", "503"): """
        Worked on updating the FAQ on shipping.
        Worked on the FAQ for the new prices of parcels.
        The FAQ on shipping was worked on {days}.
        Spent {time} on the FAQ on shipping.
    """,
    ("support", "done", "504"): """
        Started training on the ticket system.
        Trained on the ticket system {days}.
        Began the training on the ticket system.
    """,
    ("support", "done", "505"): """
        Looked into the download of an invoice for a customer.
        Worked on a customer and the invoice download.
        Investigated the invoice download {days}.
    """,
    ("research", "summary", None): """
        {name} spent most of the time on {project1.time}.
        The largest items were {item1.time} and {item2.time}.
        {item1.time} was followed by {item2.time} and {item3.time}.
        {item5.time} was started.
        The work was about {project1.time} and {project2.time}.
        {name} tracked {usual.time}.
        Papers on subscription products were read for {item2.time}.
        {name} reviewed literature on churn in {item2.time}.
    """,
    ("research", "achievements", None): """
        {item3.finished} was finished.
        {name} finished the interview notes of {item3.finished}.
        The interview notes were completed in {item3.finished}.
    """,
    ("research", "done", "31"): """
        Worked on cleaning the survey data.
        Looked at duplicate answers and odd dates.
        Dealt with duplicate answers in the survey data {days}.
        Cleaning of the survey data went on, with odd dates.
        Worked on odd dates and duplicate answers.
    """,
    ("research", "done", "32"): """
        Continued the literature review on churn.
        Reviewed papers on subscription products and kept notes in the wiki.
        Read papers on subscription products.
        Continued reviewing papers on churn {days}.
        Literature on churn was reviewed, with notes in the wiki.
    """,
    ("research", "done", "33"): """
        Finished the interview notes {days}.
        The interview notes were completed, {finished}.
    """,
    ("research", "done", "34"): """
        Worked on the Auswertung der Umfrage {days}.
        Worked on Tabellen und Grafiken.
        Spent {time} on the Umfrage.
    """,
    ("research", "done", "35"): """
        Started the dashboard for the churn model.
        Began a dashboard for the churn model {days}.
        Work on the dashboard was started.
    """,
    ("company", "summary", None): """
        The team worked on {project1.time}, {project2.time} and {project3.time}.
        The largest projects were {project1.time} and {project2.time}.
        {project1.time} was followed by {project2.time} and {project3.time}.
        Most of the time went to {project1.time} and {project2.time}.
        The largest item was {item1.time}, followed by {item2.time}.
        The team continued work on {item1.time} and {item2.time}.
        Time went to {person1.time}, {person2.time} and {person3.time}.
        {person1.time} and {person2.time} tracked most of the time.
        {person1.project2} and {person2.project3} worked on their projects.
        The team tracked {total.time} in {total.entries}.
        The team tracked {before.time}.
        {total.people} worked on {total.items}.
        The team started {item4.time} and {item6.time}.
        The team also worked on {item8.time}.
        Work was spread across {project1.time}, {project2.time}, {project3.time} and {project4.time}.
        {item2.over} was worked on as well.
        Testing with customers was done in {item6.time}.
    """,
    ("company", "achievements", None): """
        The team finished {item3.finished} and {item5.finished}.
        {item3.finished}, {item5.finished} and {item10.finished} were completed.
        The team deployed {item10.finished}.
        {total.finished} were completed by the team.
        The migration of invoices from Oracle to Postgres was completed in {item3.finished}.
        The icon set was completed with {item5.finished}.
    """,
    ("office", "summary", None): """
        The team spent most of its time on {project1.time} and {project2.time}.
        {project1.time} was the largest project.
        {item1.time} and {item2.time} were the largest items.
        The team handled {item1.time} and worked on {item2.time}.
        The work of the team included {item3.time} and {item4.time}.
        The team continued {item1.time} and {item3.time}.
        {person1.time} and {person2.time} tracked time in the week.
        The team tracked {total.linked} and {total.other}.
    """,
    ("office", "achievements", None): """
        {item4.finished} and {item5.finished} were finished.
        The team set up a printer in {item4.finished}.
        The team completed {item5.finished}.
    """,
}

_DONE = (
    "Worked on {topic} {{days}}.",
    "Worked on {topic}.",
    "Spent {{time}} on {topic}.",
    "Spent time on {topic} {{days}}.",
    "Time went to {topic}.",
    "{{time}} went into {topic}.",
    "The work was on {topic}.",
    "The work concerned {topic} {{days}}.",
    "Dealt with {topic} {{days}}.",
    "Looked at {topic}.",
    "Focused on {topic}, with {{entries}} {{days}}.",
    "{{days}}, {topic} was worked on.",
    "It was in {topic} that work was done.",
)
_DONE_OF_FINISHED = ("Finished {topic} {{days}}.", "Completed {topic}, {{finished}}.", "Work on {topic} was completed.")
_DONE_OF_BEGUN = ("Started on {topic}.", "Began {topic} {{days}}.", "Work on {topic} was started {{days}}.")
_DONE_OF_EARLIER = ("Continued {topic} {{days}}.", "Continued to work on {topic}.", "Work on {topic} continued.")
_LISTED = (
    "{who} worked on {listed}.",
    "Time went to {listed}.",
    "Work was done on {listed}.",
    "{who} spent time on {listed}.",
    "{listed} were worked on.",
    "{who} dealt with {listed}.",
    "The week included {listed}.",
)


def by_hand() -> list[TrueSentence]:
    return [
        TrueSentence(case, place, item, line.strip())
        for (case, place, item), lines in BY_HAND.items()
        for line in lines.strip().splitlines()
    ]


def by_templates(seed: int = 1) -> list[TrueSentence]:
    choose = random.Random(seed)
    sentences = [*_of_items(choose), *_of_several(choose)]
    return list(dict.fromkeys(sentences))


def _of_items(choose: random.Random) -> Iterator[TrueSentence]:
    for case, facts in CASES.items():
        if isinstance(facts, TeamFacts):
            continue
        for item in menu_of(facts).items.values():
            public_id = item.entity.public_id
            for topic in TOPICS[public_id]:
                frames = [
                    *choose.sample(_DONE, 4),
                    *(choose.sample(_DONE_OF_FINISHED, 1) if item.finished else ()),
                    *(choose.sample(_DONE_OF_BEGUN, 1) if item.begun else ()),
                    *(choose.sample(_DONE_OF_EARLIER, 1) if item.worked_before else ()),
                ]
                for frame in frames:
                    text = frame.format(topic=topic)
                    yield TrueSentence(case, "done", public_id, text[0].upper() + text[1:])


def _of_several(choose: random.Random) -> Iterator[TrueSentence]:
    """Sentences of the summary about one to three items, projects or people, most time first."""
    for case, facts in CASES.items():
        menu = menu_of(facts)
        for about in ("item", "project", "person"):
            names = [name for name, slot in menu.slots.items() if slot.about == about and name.endswith(".time")]
            for _ in range(12 if len(names) > 2 else 4 if names else 0):
                chosen = sorted(choose.sample(names, min(len(names), choose.randint(2, 3))), key=names.index)
                written = [f"{{{name}}}" for name in chosen]
                listed = " and ".join([", ".join(written[:-1]), written[-1]])
                who = "The team" if isinstance(facts, TeamFacts) else "{name}"
                text = choose.choice(_LISTED).format(who=who, listed=listed)
                if about != "person":
                    yield TrueSentence(case, "summary", None, text)
                else:
                    yield TrueSentence(case, "summary", None, f"{listed} tracked time.")
