"""Who works at the generated company, and on what: names, titles and texts. When anything happens is `generated.py`'s.

Tidewater makes software for harbours. All people are invented; addresses are in `.example`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Member:
    """`key` names the person in these tables. `works_on`: the projects whose tasks and bugs are theirs."""

    key: str
    name: str
    email: str
    timezone: str
    role: str
    works_on: tuple[str, ...] = ()


MOORINGS, MANIFEST, HARBOUR_APP = "Moorings", "Manifest", "Harbour App"
INTERNAL = "Tidewater - Internal"
PILOT = "Pilot #5"

# Grace, Hana and Sione live where the clock never changes: at UTC-8, +9 and +13. Both Annas have one name.
MEMBERS = (
    Member(
        "nora", "Nora Lindqvist", "nora.lindqvist@tidewater.example", "Europe/Stockholm", "CTO", (INTERNAL, MOORINGS)
    ),
    Member("tom", "Tom Becker", "tom.becker@tidewater.example", "Europe/Berlin", "Developer", (MOORINGS,)),
    Member("priya", "Priya Raman", "priya.raman@tidewater.example", "Europe/London", "Product manager"),
    Member("daniel", "Daniel Okafor", "daniel.okafor@tidewater.example", "Europe/London", "Developer", (MANIFEST,)),
    Member(
        "elena", "Elena Rossi", "elena.rossi@tidewater.example", "Europe/Rome", "Developer", (MOORINGS, HARBOUR_APP)
    ),
    Member("hana", "Hana Sato", "hana.sato@tidewater.example", "Asia/Tokyo", "Developer", (HARBOUR_APP, PILOT)),
    Member(
        "sione", "Sione Fifita", "sione.fifita@tidewater.example", "Pacific/Tongatapu", "Developer", (MANIFEST, PILOT)
    ),
    Member("grace", "Grace Christian", "grace.christian@tidewater.example", "Pacific/Pitcairn", "Support", (INTERNAL,)),
    Member(
        "maya", "Maya Cohen", "maya.cohen@tidewater.example", "America/New_York", "Operations", (INTERNAL, MANIFEST)
    ),
    Member(
        "lucas", "Lucas Moreau", "lucas.moreau@tidewater.example", "Europe/Paris", "Developer", (HARBOUR_APP, MOORINGS)
    ),
    Member("anna", "Anna Kowalska", "anna.kowalska@tidewater.example", "Europe/Warsaw", "Designer"),
    Member("ania", "Anna Kowalska", "a.kowalska@tidewater.example", "Europe/Warsaw", "Tester"),
)
DEACTIVATED = "lucas"

# Project: (client, colour)
PROJECTS = {
    MOORINGS: ("Port of Sandvik", "#0b83d9"),
    MANIFEST: ("Meridian Freight", "#c56bff"),
    HARBOUR_APP: (None, "#2da608"),
    INTERNAL: (None, "#566614"),
    PILOT: ("Island Ferries", "#e36a00"),
}


@dataclass(frozen=True)
class FeatureStory:
    epic: str
    name: str
    project: str
    about: str
    tasks: tuple[str, ...]
    bugs: tuple[str, ...]


EPICS = {
    "Berths online": "Everything a berth holder needs, without a call to the harbour office.",
    "Paperless cargo": "Cargo papers that travel faster than the cargo.",
    "Harbour in your pocket": "The harbour's day on a phone, also where there is no network.",
    "Steady ground": "What keeps the rest running.",
    "Island ferries": "A first season with the island ferries.",
}

FEATURES = (
    FeatureStory(
        "Berths online",
        "Berth map",
        MOORINGS,
        "A map of all berths and their state, quick on slow connections.",
        (
            "Draw berths from survey data",
            "Cluster berths when zoomed out",
            "Cache map tiles for a day",
            "Show water depth at low tide",
        ),
        ("Berth labels overlap on small screens", "Map jumps to the equator without GPS"),
    ),
    FeatureStory(
        "Berths online",
        "Booking calendar",
        MOORINGS,
        "Bookings as bars over the season; moved by hand, checked by the rules of the harbour.",
        (
            "Drag a booking to another berth",
            "Show seasonal prices in the calendar",
            "Hold a berth for fifteen minutes",
            "Print the week's arrivals",
        ),
        ("Booking across midnight shows twice", "Weekly view starts on Sunday in German"),
    ),
    FeatureStory(
        "Berths online",
        "Invoices for berth holders",
        MOORINGS,
        "A season's fees on one invoice, by e-mail, ready for bookkeeping.",
        (
            "Collect the fees of a season",
            "Send invoices by e-mail",
            "Export invoices for bookkeeping",
            "Escape <b> and | in company names",
        ),
        ("Rounding differs between invoice and receipt", "Reminder goes out twice"),
    ),
    FeatureStory(
        "Paperless cargo",
        "Digital bill of lading",
        MANIFEST,
        "Signed once, readable for everybody along the way, every version kept.",
        (
            "Sign documents with a harbour key",
            "Keep every version of a document",
            "Show who signed when",
            "Validate container numbers",
        ),
        ("Signature is lost after a reload", "PDF misses its second page"),
    ),
    FeatureStory(
        "Paperless cargo",
        "Customs declarations",
        MANIFEST,
        "Declarations made from the manifest, with rejections that people understand.",
        (
            "Map goods to tariff codes",
            "Send declarations to the customs test system",
            "Retry declarations that time out",
            "Explain rejections in plain words",
        ),
        ("Pounds are read as kilograms", "Declaration stays pending for ever"),
    ),
    FeatureStory(
        "Paperless cargo",
        "Freight import",
        MANIFEST,
        "Manifests from whatever spreadsheet a shipper has.",
        (
            "Read manifests from spreadsheets",
            "Recognise duplicate shipments",
            "Report rows that cannot be read",
            "Import R&D samples without a tariff",
        ),
        ("Import stops at an empty row", "Umlauts are broken in old spreadsheets"),
    ),
    FeatureStory(
        "Harbour in your pocket",
        "Arrival notices",
        HARBOUR_APP,
        "Those who wait on the quay know an hour ahead.",
        (
            "Push a notice when a ship is an hour away",
            "Quiet hours for notices",
            "Choose which berths to follow",
            "Let captains answer a notice",
        ),
        ("Notice arrives after the ship", "App badge never clears"),
    ),
    FeatureStory(
        "Harbour in your pocket",
        "Offline mode",
        HARBOUR_APP,
        "The app keeps working behind the breakwater.",
        (
            "Keep the last harbour map on the device",
            "Queue changes until there is a network",
            "Resolve two edits of one booking",
            "Show how old the data are",
        ),
        ("Queue sends twice after a crash", "Offline banner hides the menu"),
    ),
    FeatureStory(
        "Harbour in your pocket",
        "Sign-in with passkeys",
        HARBOUR_APP,
        "No passwords on wet hands.",
        (
            "Register a passkey",
            "Recover an account without a passkey",
            "Move from passwords step by step",
            "Ask again before payments",
        ),
        ("Passkey prompt loops on Firefox", "Session ends after a minute"),
    ),
    FeatureStory(
        "Steady ground",
        "Database upgrade",
        INTERNAL,
        "The next major version, without a night shift for the customers.",
        (
            "Rehearse the failover",
            "Move reports to the read replica",
            "Watch slow queries",
            "Drop unused indexes",
        ),
        ("Nightly backup takes nine hours", "Replica lags behind on Mondays"),
    ),
    FeatureStory(
        "Steady ground",
        "Faster builds",
        INTERNAL,
        "From commit to staging in ten minutes.",
        (
            "Cache dependencies between builds",
            "Split the test suite in four",
            "Build images once per release",
            "Remove the C#7 leftovers from the tools",
        ),
        ("Build #81 hangs for an hour", "Tests fail on the last day of a month"),
    ),
    FeatureStory(
        "Island ferries",
        "Ferry timetable",
        PILOT,
        "The islands' ferries beside the ships, for a first season.",
        (
            "Read the islands' timetable",
            "Show the next three ferries",
            "Warn when a ferry is full",
            "Mark sailings that need a reservation",
        ),
        ("Ferries vanish after midnight", "Timetable is an hour off in winter"),
    ),
)

# One of each a feature, in the features' order.
SUB_BUGS = (
    "Нет полей Stage на карте причалов",
    "Drag handle is too small on phones",
    "Price shows two currencies",
    "Signature field accepts spaces",
    "Wrong tariff for mixed containers",
    "⚓ column is read as text",
    "Notice shows the zone of the server",
    "Old map stays after an update [draft]",
    "Passkey dialogue in English only",
    "Failover log misses the last minute",
    "Cache key ignores the branch",
    "Ferry #3 is listed twice",
)
SUB_TASKS = (
    "Write the survey importer",
    "Agree on seasons with the harbour office",
    "Layout for A4 and letter",
    "Choose the signature library",
    "List of tariff codes for fish",
    "Sample spreadsheets from Meridian",
    "Battery use of the position service",
    "Conflict dialogue",
    "Recovery codes on paper",
    "Dashboard for slow queries",
    "Measure the slowest tests",
    "Translate the names of the stops",
)
REQUESTS = (
    ("Season tickets for sailing clubs", MOORINGS),
    ("Export for the harbour authority", MOORINGS),
    ("Second currency on invoices", MOORINGS),
    ("Notices in Danish", HARBOUR_APP),
    ("Bulk upload of vessels", MANIFEST),
    ("Bicycles on ferries", PILOT),
)
DESIGN_FEATURES = (
    ("Calendar for touch screens", MOORINGS),
    ("Signing step by step", MANIFEST),
    ("Dark chart colours", HARBOUR_APP),
    ("Empty states", HARBOUR_APP),
    ("Icons for vessel kinds", MOORINGS),
)
WORK_VERSIONS = (
    ("Calendar draft 2", MOORINGS),
    ("Signing flow draft 3", MANIFEST),
    ("Chart colours draft 1", HARBOUR_APP),
)
OLD_WORK_VERSIONS = (
    ("Calendar draft 1", MOORINGS),
    ("Signing flow draft 2", MANIFEST),
    ("Signing flow draft 1", MANIFEST),
)
TEST_REPORTS = (
    ("Regression of the calendar", MOORINGS),
    ("Smoke test of signing", MANIFEST),
    ("Notices on ten phones", HARBOUR_APP),
    ("Import of last year's manifests", MANIFEST),
    ("Offline at the breakwater", HARBOUR_APP),
    ("Timetable of the first week", PILOT),
)
TEST_COVERAGE = (
    ("Tests for booking rules", MOORINGS),
    ("Tests for tariff codes", MANIFEST),
    ("Tests for the offline queue", HARBOUR_APP),
)
HOTFIXES = (("Invoices without a VAT number", MOORINGS), ("Notices in the wrong zone", HARBOUR_APP))
TO_DOS = (
    ("Renew TLS certificates", INTERNAL),
    ("Prepare the harbour fair", MOORINGS),
    ("Update the onboarding notes", INTERNAL),
    ("Interview candidates", INTERNAL),
    ("Tidy up old branches", INTERNAL),
    ("Visit the island office", PILOT),
)
CHORES = (("Rotate access keys", INTERNAL), ("Clean up test accounts", INTERNAL))
RELEASES = ("Spring tide", "Neap tide", "Slack water", "High water")

# What nobody links, with the project it is booked on.
UNLINKED = (
    ("Code review", None),
    ("E-mail and messages", INTERNAL),
    ("Weekly planning", INTERNAL),
    ("Call with the harbour office", MOORINGS),
    ("Pairing", None),
    ("Support questions", MANIFEST),
    ("Retrospective", INTERNAL),
    ("", None),
)

CRITERIA = (
    "It works on a phone in bright sun.",
    "The harbour office has tried it and is content.",
    "Errors say what to do next.",
    "There is a test for the empty case.",
    "The page answers within a second on a slow line.",
    "The old way still works until the end of the season.",
    "Times are shown in the harbour's zone.",
    "Nothing is sent twice.",
)
CAUSES = (
    "Seen by the harbour office on Monday morning; happens every time.",
    "Happens about once a day; a reload helps.",
    "Only with data from before last season.",
    "Reported by a captain, with a screenshot.",
)
COMMENTS = (
    "Deployed to staging, please have a look.",
    "Reviewed: two small remarks in the pull request, otherwise fine.",
    "Tried it on Safari and Firefox, works.",
    "Waiting for the test data from the customer.",
    "The estimate was too low: the old records have three formats.",
    "Confirmed by the harbour office. Thank you!",
    "Moved to the next sprint, the import comes first.",
    "> [//]: # (callout;icon-type=icon;icon=warning)\n> Do not release before Thursday: the customer is travelling.",
    "Found the cause, see [[Berth map#^scrum-feature/berth-map]]. A fix is on its way.",
    "Split off the printing part, it deserves its own task.",
)
