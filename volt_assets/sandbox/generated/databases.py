"""The databases of the generated company, shaped like a real workspace, with all its traps.

Titles are `name` here and `Name` there; the tags of the Toggl formula are typed by hand and do not always fit the
names; some types have no assignees, comments or state; there are lookups, a text field whose name ends in a space, an
emoji in a name, two fields that differ by case only, and fields that were deleted. Tasks and bugs have the fields that
the configuration coming with Volt asks for.
"""

from volt_assets.sandbox.company import FiberyWorkspace
from volt_assets.sandbox.company.databases import FINISHED, NOT_STARTED, STARTED, Database
from volt_assets.sandbox.company.platform import USER, new_workspace

_WORK = {
    "Open": NOT_STARTED,
    "In progress": STARTED,
    "In review": STARTED,
    "Testing": STARTED,
    "Done": FINISHED,
    "Cancelled": FINISHED,
}
_SHORT = {"To do": NOT_STARTED, "In progress": STARTED, "Done": FINISHED}
_PRIORITIES = ("Low", "Normal", "High", "Urgent")
_SEVERITIES = ("Minor", "Major", "Critical")
_HOURS = {"ui/number-format": "Number", "ui/number-precision": 1, "ui/number-unit": "h"}
_PROJECT_NAME = "Project management/name"


def tidewater() -> tuple[FiberyWorkspace, dict[str, Database]]:
    """The empty workspace, and its databases by name."""
    workspace = new_workspace("tidewater")
    databases: dict[str, Database] = {}

    def database(name: str, title: str, color: str) -> Database:
        databases[name] = Database(workspace, name, title=title, color=color)
        return databases[name]

    project = database("Project management/Project", "name", "#999999")
    project.field("Toggl Project Id", "fibery/text")
    project.rich_text("description")

    epic = database("Scrum/Epic", "Name", "#9c2baf")
    epic.workflow(_SHORT)
    epic.rich_text("Description")
    epic.comments()

    sprint = database("Scrum/Sprint", "Name", "#9c2baf")
    sprint.field("#", "fibery/int")
    sprint.field("Planned dates", "fibery/date-range")

    release = database("Scrum/Release", "Name", "#bec5cc")
    release.workflow(_SHORT)
    release.field("Planned Release Date", "fibery/date")
    release.relation("Project", project, back="Scrum/Releases")

    feature = database("Scrum/Feature", "name", "#8ec351")
    feature.workflow(
        {
            "Open": NOT_STARTED,
            "Planned": NOT_STARTED,
            "In development": STARTED,
            "Released": FINISHED,
            "Dropped": FINISHED,
        }
    )
    feature.rich_text("description")
    feature.assignees()
    feature.comments()
    feature.relation("Project", project, back="Scrum/Features")
    feature.relation("Epic", epic, back="Features")
    feature.select("Appetite", ("Two weeks", "Four weeks", "Six weeks"))
    feature.field("Estimated BE weeks", "fibery/int", **{"ui/number-unit": "week"})
    feature.field("Dev Planned Start Date", "fibery/date")
    feature.field("Dev Planned End Date", "fibery/date")
    feature.field("Dev Actual Start Date", "fibery/date-time")
    feature.field("Dev Actual End Date", "fibery/date")
    _toggl(feature, " [Scrum] [Feature]")

    build = database("Scrum/Build", "Name", "#bec5cc")
    build.workflow({"Planned": NOT_STARTED, "Rolling out": STARTED, "Released": FINISHED})
    build.rich_text("description")
    build.assignees()
    build.comments()
    build.relation("Project", project, back="Scrum/Builds")
    build.relation("Release", release, back="Builds")
    build.field("#", "fibery/int")
    build.field("Planned Release Date", "fibery/date")
    build.field("Actual Release Date", "fibery/date")
    _toggl(build, " [Scrum] [Release]")

    task = database("Scrum/Task", "Name", "#2978FB")
    _work_item(task, project, feature, sprint)
    task.rich_text("Description")
    task.rich_text("Acceptance Criteria")
    task.rich_text("⚙️ Deploy or build instructions")
    task.lookup("Epic", ["Scrum/Feature", "Scrum/Epic"], "Scrum/Epic")
    task.many("Builds", build, back="Tasks")
    task.lookup("Release", ["Scrum/Builds", "Scrum/Release"], "Scrum/Release", collection=True)
    task.field("Story Points", "fibery/int")
    task.field("Effort (pt)", "fibery/decimal", **{"ui/number-unit": "Point"})
    task.many("Blocked by", task, back="Blocking")
    task.views()
    _toggl(task, " [Scrum] [Task]")
    task.field("Devops Branch n", "fibery/text")
    workspace.delete_field("Scrum/Task", "Scrum/Devops Branch n")

    bug = database("Scrum/Bug", "name", "#fc551f")
    _work_item(bug, project, feature, sprint)
    bug.rich_text("description")
    bug.rich_text("Steps to Reproduce")
    bug.rich_text("Root cause")
    bug.select("Severity", _SEVERITIES)
    bug.field("WEEKDAY", "fibery/text")
    bug.field("Weekday", "fibery/text")
    bug.field("Reviewers", "fibery/text")
    _toggl(bug, " [Scrum] [Bug]")
    workspace.delete_field("Scrum/Bug", "Scrum/Reviewers")

    sub_bug = database("Scrum/Sub-bug", "Name", "#fc551f")
    sub_bug.workflow(_WORK)
    sub_bug.rich_text("Description")
    sub_bug.comments()
    sub_bug.select("Severity", _SEVERITIES)
    sub_bug.field("Estimate", "fibery/int", **_HOURS)
    sub_bug.relation("Task", task, back="Sub-bugs")
    sub_bug.relation("Bug", bug, back="Sub-bugs")
    sub_bug.lookup("Project", ["Scrum/Task", "Scrum/Project"], project.name)
    _toggl(sub_bug, " [Scrum] [Sub-bug]")

    sub_task = database("Scrum/Sub-task", "name", "#3e53b4")
    sub_task.workflow(_SHORT)
    sub_task.rich_text("Description")
    sub_task.field("Estimate (H)", "fibery/decimal", **_HOURS)
    sub_task.field("Started Date", "fibery/date-time")
    sub_task.field("Completed Date", "fibery/date-time")
    sub_task.relation("Task", task, back="Sub-tasks")
    sub_task.relation("Bug", bug, back="Sub-tasks")
    sub_task.lookup("Project", ["Scrum/Task", "Scrum/Project"], project.name)
    sub_task.text_formula("Project ", ["Scrum/Task", "Scrum/Project", _PROJECT_NAME], otherwise="No project")
    sub_task.toggl(" [Scrum] [Sub-task]", ["Scrum/Project "])

    for name, color in (("Scrum/Hotfix", "#d40915"), ("Scrum/Test coverage", "#4faf54")):
        other = database(name, "Name", color)
        _work_item(other, project, feature, sprint)
        other.rich_text("Description")
        _toggl(other, f" [Scrum] [{name.split('/')[1]}]")

    chore = database("Scrum/Chore", "Name", "#bec5cc")
    chore.workflow(_SHORT)
    chore.rich_text("Description")
    chore.assignees()
    chore.relation("Project", project, back="Scrum/Chores")

    request = database("Product Management/Request", "Name", "#e72065")
    request.workflow({"New": NOT_STARTED, "In analysis": STARTED, "Accepted": STARTED, "Delivered": FINISHED})
    request.rich_text("Description")
    request.rich_text("Requirements")
    request.assignees()
    request.comments()
    request.relation("Project", project, back="Product Management/Requests")
    request.select("Priority", _PRIORITIES)
    request.field("Request date", "fibery/date")
    request.field("Planned Release Date", "fibery/date")
    request.field("Actual Release Date", "fibery/date-time")
    _toggl(request, " [Requests] [Request]")

    design = database("Design/Design Feature", "Name", "#fba32f")
    design.workflow({"Backlog": NOT_STARTED, "Designing": STARTED, "In review": STARTED, "Ready for dev": FINISHED})
    design.rich_text("Description")
    design.assignees()
    design.comments()
    design.relation("Project", project, back="Design/Design Features")
    design.relation("Epic", epic, back="Design/Design Features")
    design.lookup("Epic State", ["Design/Epic", "workflow/state"], "workflow/state_Scrum/Epic")
    design.field("Original Estimate (Days)", "fibery/int")
    design.field("Planned Start Date", "fibery/date-time")
    design.field("Planned End", "fibery/date")
    design.field("Actual Start Date", "fibery/date-time")
    design.field("Actual Ready for Dev Date", "fibery/date")
    _toggl(design, " [Design] [Design feature]")

    for name, constant in (
        ("Design/Work Version", " [Design] [Work Version]"),
        ("Design/Old Work Version", " [Design] [Work version]"),
    ):
        version = database(name, "Name", "#fba32f")
        version.assignees()
        version.comments()
        version.relation("Project", project, back=f"{name}s")
        version.relation("Design Feature", design, back=f"{name}s of it")
        version.select("State", ("Draft", "Sent for review", "Approved"))
        version.field("Planned End Date", "fibery/date")
        _toggl(version, constant)

    report = database("QA/Test report", "Name", "#4faf54")
    report.workflow(_SHORT)
    report.rich_text("Description")
    report.assignees()
    report.comments()
    report.relation("Project", project, back="QA/Test reports")
    report.relation("Build", build, back="QA/Test reports of it")
    _toggl(report, " [QA] [Test report]")

    to_do = database("To-dos/To-do", "Name", "#8EC351")
    to_do.workflow(_SHORT)
    to_do.rich_text("Description")
    to_do.assignees()
    to_do.comments()
    to_do.relation("Project", project, back="To-dos/To-dos")
    to_do.field("Due date", "fibery/date")
    _toggl(to_do, " [To Do]")
    return workspace, databases


def _work_item(database: Database, project: Database, feature: Database, sprint: Database) -> None:
    """What tasks, bugs and their like have in common."""
    plural = database.name.split("/")[1] + "s"
    database.workflow(_WORK)
    database.assignees()
    database.comments()
    database.field("QA Assignee", USER)
    database.relation("Project", project, back=f"Scrum/{plural}")
    database.relation("Feature", feature, back=plural)
    database.relation("Sprint", sprint, back=plural)
    database.select("Priority", _PRIORITIES)
    database.field("Estimate (H)", "fibery/decimal", **_HOURS)
    database.field("Planned Start", "fibery/date")
    database.field("Planned End", "fibery/date")
    database.field("Started Date", "fibery/date-time")
    database.field("Completion Date", "fibery/date-time")


def _toggl(database: Database, constant: str) -> None:
    database.toggl(constant, [f"{database.space}/Project", _PROJECT_NAME])
