"""Cases, truths and lies that were written when the check was done, and not looked at while it was made.

At their first measurement 19 of 95 truths were dropped and 1 of 66 lies was let through ("Worked on the platform.", of
interviews for a role). The check was then widened, and made stricter, by the kinds of mistakes they had shown; a model
gets the reasons and writes again, which no corpus shows.
"""

from datetime import date

from bench.corpora.cases import BEFORE_KNOWN, CASES, again, all_of, done, item, one
from bench.corpora.facts import comments
from bench.corpora.false_sentences import Lie
from bench.corpora.true_sentences import TrueSentence
from volt_assets.reports.facts.models import IndividualFacts, TeamFacts
from volt_assets.reports.sentences.grounding import Refused, grounded
from volt_assets.reports.sentences.menu import menu_of
from volt_assets.settings import ProseMode

TUE, THU = date(2025, 10, 7), date(2025, 10, 9)

OPERATIONS = [
    item(
        7001,
        "Rotate the certificates of the mail gateway",
        8.25,
        "Ops/Change",
        project="Platform",
        description="The old ones expire in November. Order, install, restart the gateway.",
        period_comments=comments("Ordered the certificates.", "Installed on the test gateway, restart went fine."),
        **again(),
    ),
    item(
        7002,
        "Backups fail on the second storage node",
        6,
        "Ops/Incident",
        project="Platform",
        description="Disk full, the cleanup job does not start.",
        period_comments=comments("Freed space by removing old snapshots."),
        **done(THU),
    ),
    item(
        7003,
        "Monitoring for the queue workers",
        5,
        "Ops/Task",
        project="Queues",
        description="Alerts for stuck jobs, a dashboard with throughput.",
        actual_start=TUE,
    ),
    item(7004, "Hiring: interviews for the platform role", 3, "People/Hiring", project="Internal"),
    item(7005, "Write runbook for failover", 2, "Ops/Task", project="Platform", description="Steps and contacts."),
]
MARKETING = [
    item(
        811,
        "Newsletter October",
        7,
        "Marketing/Campaign",
        project="Brand",
        description="Texts, pictures and the list of subscribers.",
        **done(TUE),
    ),
    item(
        812,
        "Booth at the harbour fair",
        9.5,
        "Marketing/Event",
        project="Events",
        description="Rent walls, order flyers.",
    ),
    item(815, "Translate the website into French", 4, "Marketing/Task", project="Website", **again()),
    item(816, "Customer story with Northwind", 2.5, "Marketing/Task", project="Brand", actual_start=THU),
]
HELD_OUT: dict[str, IndividualFacts | TeamFacts] = {
    "operations": one(6, "Olga Frost", OPERATIONS, 1.75, before=BEFORE_KNOWN),
    "departments": all_of(OPERATIONS + MARKETING, {"Olga Frost": 28, "Pat Reed": 25.25}, before=BEFORE_KNOWN),
}

_TRUTHS = {
    ("operations", "summary", None): """
        {name} mostly worked on {project1.time}.
        {name} spent time on {item1.time}, {item2.time} and {item3.time}.
        The largest items were {item1.time} and {item2.time}.
        Most of the time went to {project1.time}.
        {name} continued {item1.time}.
        {item3.time} was started.
        {name} started work on {item3.time}.
        {item4.time} also took time.
        Time was also given to {item4.time} and {item5.time}.
        {name} ordered certificates and installed them on the test gateway for {item1.time}.
        The main project was {project1.time}, followed by {project2.time} and {project3.time}.
        {name} worked across {project1.time}, {project2.time} and {project3.time}.
        {name} looked at alerts for stuck jobs as part of {item3.time}.
        A further part of the time went to {item4.time}.
        The week included {item5.time}.
        {name} tracked {before.time}.
        {total.other} was recorded.
        {name} recorded {total.entries} across {total.items}.
        The biggest block of work was {item1.time}.
        In addition, {name} worked on {item4.time}.
    """,
    ("operations", "achievements", None): """
        {item2.finished} was finished.
        {name} resolved {item2.finished}.
        {item2.finished} was closed.
        {name} freed space on the storage node in {item2.finished}.
        The failing backups of {item2.finished} were fixed.
        {name} completed the work on {item2.finished}.
    """,
    ("operations", "done", "7001"): """
        Ordered the certificates and installed them on the test gateway.
        Continued rotating the certificates of the mail gateway.
        Installed certificates on the test gateway {days}.
        Worked on the certificates for the mail gateway {days}.
        The certificates were ordered and installed on the test gateway.
        Kept working on the rotation of certificates.
        Continued with the certificates and the restart of the gateway.
        Work on the mail gateway and its certificates went on {days}.
        Spent {time} on the certificates of the mail gateway.
        Restart of the gateway with the new certificates was worked on.
    """,
    ("operations", "done", "7002"): """
        Freed space by removing old snapshots.
        Removed old snapshots to free space for the backups.
        Fixed the failing backups on the storage node, {finished}.
        Old snapshots were removed to free disk space.
        Resolved the backup incident on the storage node.
        Cleaned up snapshots on the storage node {days}.
        Freed disk space, and the incident was closed.
        Handled the full disk and the failing backups.
        Looked into the cleanup job.
    """,
    ("operations", "done", "7003"): """
        Started on monitoring for the queue workers.
        Worked on alerts for stuck jobs and a dashboard with throughput.
        Began monitoring the queue workers {days}.
        Started work on a dashboard for the queue workers.
        Alerts for stuck jobs were worked on {days}.
        Spent {time} on monitoring, alerts and a dashboard.
        The monitoring of the queue workers was started.
        Worked on a throughput dashboard.
        Set out to monitor the queue workers.
    """,
    ("operations", "done", "7004"): """
        Interviewed for the platform role.
        Took part in interviews for the platform role.
        Time went to interviews {days}.
        Worked on hiring for the platform role.
        Held interviews for the platform role.
        Attended interviews {days}.
        Spent {time} on hiring interviews.
    """,
    ("operations", "done", "7005"): """
        Worked on the runbook for failover.
        Worked on steps and contacts for the failover runbook.
        Writing of the runbook was worked on {days}.
        Drafted the runbook for failover.
        Spent time on writing the runbook.
        Documented failover steps and contacts.
        Time was spent on the failover runbook {days}.
    """,
    ("departments", "summary", None): """
        The team worked on {project1.time}, {project2.time} and {project3.time}.
        The largest project was {project1.time}.
        {item1.time} was the largest item, followed by {item2.time} and {item3.time}.
        The team spent time on {item1.time} and {item2.time}.
        The team continued {item2.time} and {item6.time}.
        {person1.time} and {person2.time} tracked time.
        The team tracked {total.time}.
        {total.people} tracked {total.entries}.
        The team also dealt with {item4.time}.
        Work was spread over {project1.time}, {project2.time} and {project3.time}.
        The team translated parts of the website in {item6.time}.
        Translation of the website into French was worked on in {item6.time}.
        The work of the team ranged from {project1.time} to {project5.time}.
        Efforts of the team focused on {project1.time} and {project2.time}.
        The team was busy with {item1.time}.
        Flyers and walls were part of the work on {item1.time}.
        The team started {item5.time} and {item8.time}.
        Besides that, the team worked on {item7.time}.
        {person1.project2} tracked time there.
        Among the work items were {item5.time} and {item6.time}.
    """,
    ("departments", "achievements", None): """
        {item3.finished} and {item4.finished} were finished.
        The team finished {item3.finished}.
        The newsletter was completed with {item3.finished}.
        The team resolved {item4.finished}.
        {total.finished} were recorded for the team.
        {item3.finished} was sent to the list of subscribers.
        The team completed the texts and pictures of {item3.finished}.
    """,
}

_LIES = {
    ("operations", "summary", None): """
        {name} finished {item1.time}.
        {name} mostly worked on {project2.time}.
        {name} spent most of the week on {item1.time}.
        {item5.time} was the largest item.
        {item2.time} was followed by {item1.time}.
        {name} continued {item3.time}.
        {name} started {item4.time}.
        {name} worked with Pat Reed on {item1.time}.
        {name} spent 33 h on {item1.time}.
        {name} installed the queue on {item1.time}.
        {item1.time} took {total.time}.
        {project1.time} contained {item3.time}.
        {name} was on holiday, apart from {item1.time}.
        {name} expects {item1.time} to fail.
        {name} worked on {item1.time} at night.
        {item3.time} replaced {item2.time}.
        {item3.time} was worked on for {item2.time}.
        {name} alone worked on {item1.time}.
        {name} neglected {item5.time}.
        The gateway of {item1.time} exploded.
    """,
    ("operations", "done", "7001"): """
        Rotated the certificates of the mail gateway.
        Completed the rotation.
        The certificates expired.
        Ordered a new gateway and new certificates in November.
        Restarted the production gateway.
        Installed the gateway on the certificates to test November.
        Started the rotation of the certificates.
        Worked on the storage node.
        Worked on certificates for {estimate}.
        Failed to install the certificates.
        The restart did not go fine.
        Worked on certificates with the vendor.
        Worked on certificates all week.
        Worked on certificates for Olga.
        Worked on certificates, a security risk.
    """,
    ("operations", "done", "7003"): """
        Finished the dashboard.
        Monitored the queue workers.
        Continued the dashboard.
        Alerted the workers.
        Stuck with the job.
        Built alerts for stuck jobs.
        Worked on a dashboard that shows fewer stuck jobs.
        Worked on a dashboard after the outage.
        Dashboard: http://evil.example.
        Throughput rose.
        Monitoring was delivered ahead of schedule.
    """,
    ("operations", "done", "7004"): """
        Hired for the platform role.
        Filled the platform role.
        Interviewed five people.
        Rejected the candidates.
        Worked on the platform.
        Hired Pat Reed.
    """,
    ("departments", "summary", None): """
        {person1.time} worked harder than {person2.time}.
        {person2.time} tracked the most.
        {person2.time} reported to {person1.time}.
        {person1.time} was helped by {person2.time}.
        {person2.time} worked on {item1.time}.
        Olga Frost tracked time, and so did {person2.time}.
        Most of the time went to {project1.time}.
        The team finished {item1.time}.
        The team started {item1.time}.
        The team was lazy, with {total.time}.
        The team missed its targets in {project1.time}.
        {item1.time} was on fire.
        The team tracked {total.time}, twice the usual.
        {total.finished} and {item1.time} were finished.
    """,
}


def checked(sentence: TrueSentence | Lie, mode: ProseMode = "checked") -> str | None:
    """Why the check refuses a sentence of any corpus; None where it lets it through."""
    menu = menu_of((CASES | HELD_OUT)[sentence.case])
    of_item = next((each for each in menu.items.values() if each.entity.public_id == sentence.item), None)
    try:
        grounded(sentence.text, menu, sentence.place, of_item, mode)
    except Refused as reason:
        return str(reason)
    return None


def truths() -> list[TrueSentence]:
    return [
        TrueSentence(case, place, public_id, line.strip())
        for (case, place, public_id), lines in _TRUTHS.items()
        for line in lines.strip().splitlines()
    ]


def lies() -> list[Lie]:
    return [
        Lie(case, place, public_id, line.strip(), "held out")
        for (case, place, public_id), lines in _LIES.items()
        for line in lines.strip().splitlines()
    ]
