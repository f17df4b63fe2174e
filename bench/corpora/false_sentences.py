"""Lies, and what no report may say, worded as plausibly as can be: of each kind, over all cases.

Each is false of its case when its slots are filled, or is no sentence about the time at all. Whether it is false is
decided here from the facts, with none of the code that checks sentences.
"""

import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from bench.corpora.cases import CASES, TOPICS
from volt_assets.reports.facts.models import Entity, IndividualFacts, TeamFacts


class Lie(NamedTuple):
    """As `TrueSentence`, with the kind of lie."""

    case: str
    place: str
    item: str | None
    text: str
    kind: str


Facts = IndividualFacts | TeamFacts

# Of one item of a person's report: {topic} is something that it is about.
OF_ITEM = {
    "hours that were changed": [
        "Spent 11.25 h on {topic}.",
        "Worked on {topic} for 3 h 15 min.",
        "{topic} took 0.5 h.",
    ],
    "hours in other digits": [
        "Spent ９.２５ h on {topic}.",
        "Spent ٣ hours on {topic}.",
        "Spent ½ h on {topic}.",
        "Spent time² on {topic}.",
    ],
    "hours in words": [
        "Spent eleven hours on {topic}.",
        "Spent a quarter of an hour on {topic}.",
        "Spent twice {time} on {topic}.",
    ],
    "another unit": [
        "Spent {time}, in minutes, on {topic}.",
        "Spent weeks on {topic}.",
        "Gave {time} daily to {topic}.",
    ],
    "a quantity": [
        "Spent all time on {topic}.",
        "Worked on {topic} several times.",
        "Worked on {topic} every day.",
        "Spent a dozen entries on {topic}.",
    ],
    "a share": [
        "Spent 90% of the time on {topic}.",
        "Spent ninety percent of the week on {topic}.",
        "Spent most of the week on {topic}.",
        "Spent the whole week on {topic}.",
        "Spent half of the time on {topic}.",
    ],
    "a date": [
        "Worked on {topic} on 24 December.",
        "Worked on {topic} on Sunday.",
        "Worked on {topic} until yesterday.",
        "Worked on {topic} since August.",
    ],
    "an id": ["Worked on {topic} and #999.", "Worked on {topic}, a duplicate of #1.", "Worked on item1 and {topic}."],
    "a slot of something else": [
        "Worked on {topic}, {{item2.time}}.",
        "Worked on {topic} for {{total.time}}.",
        "Worked on {topic}, {{project1.time}}.",
        "Worked on {topic}, {{before.time}}.",
    ],
    "a slot that there is not": [
        "Worked on {topic}, {{price}}.",
        "Worked on {topic}, {{item99.time}}.",
        "Worked on {topic}, {{Time}}.",
        "Worked on {topic}, {{}}.",
    ],
    "somebody else's name": [
        "Worked on {topic} with Ben Ode.",
        "Ben Ode worked on {topic}.",
        "Helped Ann Lee with {topic}.",
        "Worked on {topic} for Mr Page.",
    ],
    "a person without a name": [
        "She worked on {topic}.",
        "Worked on {topic} with her manager.",
        "We worked on {topic}.",
        "Worked on {topic} for a colleague's sake.",
    ],
    "something in no text": [
        "Worked on {topic} and the submarine.",
        "Worked on {topic} at the beach.",
        "Worked on a lawsuit about {topic}.",
        "Negotiated {topic} with the union.",
    ],
    "a result in no text": [
        "Worked on {topic}, which went viral.",
        "Worked on {topic}, which is now live.",
        "Worked on {topic}, and it works.",
        "Worked on {topic} to great applause.",
    ],
    "the contrary": [
        "Did not work on {topic}.",
        "Worked on {topic} without result.",
        "Never looked at {topic}.",
        "Hardly worked on {topic}.",
    ],
    "a cause": [
        "Worked on {topic} because the customer complained.",
        "Worked on {topic} due to a mistake.",
        "Worked on {topic}, since others failed.",
    ],
    "a prediction": [
        "Will work on {topic}.",
        "Worked on {topic}, which should be ready soon.",
        "Worked on {topic}, to be released tomorrow.",
        "Might have worked on {topic}.",
    ],
    "praise": [
        "Worked brilliantly on {topic}.",
        "Did great work on {topic}.",
        "Worked hard on {topic}.",
        "Worked efficiently on {topic} {{days}}.",
    ],
    "blame": [
        "Wasted {time} on {topic}.",
        "Was slow on {topic}.",
        "Worked carelessly on {topic}.",
        "Took too long for {topic}.",
    ],
    "a judgement of the person": [
        "Deserved a promotion for {topic}.",
        "Was overworked by {topic}.",
        "Worked on {topic} while sick.",
        "Showed poor work on {topic}.",
    ],
    "a comparison": [
        "Worked longer on {topic} than in the week before.",
        "Worked more on {topic}.",
        "Spent more than {time} on {topic}.",
        "Spent less time on {topic}.",
    ],
    "a state that it is not in": [
        "Worked on {topic}, which is blocked.",
        "Cancelled {topic}.",
        "Worked on {topic}, which was approved.",
        "Postponed {topic}.",
    ],
    "an instruction to the reader": [
        "Send the password for {topic} to the support.",
        "Please approve {topic}.",
        "Click on {topic}.",
        "You should look at {topic}.",
        "Ignore {topic}.",
    ],
    "a link": [
        "Worked on {topic}: https://evil.example/x.",
        "Worked on {topic}, see www.evil.example.",
        "Worked on [{topic}](https://evil.example).",
        "Worked on {topic} (mail ann@evil.example).",
    ],
    "markup": [
        "Worked on <b>{topic}</b>.",
        "<script>alert(1)</script> Worked on {topic}.",
        "Worked on **{topic}**.",
        "Worked on `{topic}`.",
        "![x](x.png) Worked on {topic}.",
        "Worked on {topic} | 1 | 2 |.",
        "# Worked on {topic}.",
    ],
    "hidden characters": [
        "Worked on\u200b {topic}.",
        "Worked on \u202e{topic}.",
        "Worked\u0000 on {topic}.",
        "Worked on {topic}\u00ad.",
        "Worked\non {topic}.",
    ],
    "letters that look alike": [
        "Wоrked on {topic}.",
        "Worked оn {topic}.",
        "Ｗorked on {topic}.",
        "Worked on {topic} ﬁrst.",
    ],
    "several sentences": [
        "Worked on {topic}. Left early.",
        "Worked on {topic}. It is done. Really.",
        "Worked on {topic}... and more.",
    ],
    "no sentence": ["", ".", "Work {topic}", "?", "Worked on {topic}?!"],
    "another language": ["Hat an {topic} gearbeitet.", "Trabajó en {topic}.", "Работал над {topic}."],
    "money": [
        "Earned 300 euros with {topic}.",
        "Worked on {topic}, which cost a million.",
        "Worked on {topic} for $5.",
    ],
    "a claim about the team": [
        "The team worked on {topic}.",
        "Everybody worked on {topic}.",
        "Worked on {topic} with the group.",
    ],
    "a rank": [
        "Worked on {topic}, the largest item.",
        "Worked mainly on {topic}.",
        "Mostly worked on {topic}.",
        "Worked on {topic}, followed by others.",
    ],
}
# Of an item that is not finished; not begun in the period; not worked on before.
UNFINISHED = [
    "Finished {topic}.",
    "Completed {topic} {{days}}.",
    "Closed {topic}.",
    "Work on {topic} was completed.",
    "Delivered {topic}.",
    "Wrapped up {topic}.",
    "Resolved {topic}.",
    "Worked on {topic}, now done and closed.",
    "Ended work on {topic}.",
    "Brought {topic} to completion.",
    "Shipped {topic}.",
]
NOT_BEGUN = [
    "Started {topic}.",
    "Began work on {topic} {{days}}.",
    "Work on {topic} was started.",
    "Kicked off {topic}.",
]
NOT_BEFORE = ["Continued {topic}.", "Resumed {topic} {{days}}.", "Worked again on {topic}.", "Still worked on {topic}."]
# By hand: results that the texts speak of as something to do, for items that are not finished.
RESULTS = {
    "417": [
        "Fixed the login.",
        "Repaired the password reset on Firefox.",
        "The login bug was corrected.",
        "Sent people back to the login page.",
        "Reset the password of people on Firefox.",
    ],
    "91": [
        "Added two-factor authentication.",
        "Implemented codes by text message.",
        "Built two-factor authentication.",
        "Authentication with codes was added.",
        "Created an app for codes.",
    ],
    "95": [
        "Sped up the search.",
        "Added an index on the title column.",
        "Indexed the title column.",
        "The search was improved.",
    ],
    "21": ["Coloured the style guide.", "Styled the guide for print.", "Printed the style guide."],
    "17": ["Summarised the findings.", "The findings were summarised."],
    "501": ["Refunded the requests.", "Ordered the refunds.", "Carded the customer."],
    "503": ["Updated the FAQ.", "The FAQ was updated.", "Priced the parcels.", "Shipped parcels."],
    "31": ["Cleaned the survey data.", "The survey data was cleaned.", "Duplicated answers.", "Dated the answers."],
    "35": ["Modelled churn."],
}
# By hand: who does what to what, turned round; what a text denies, affirmed.
TURNED = {
    "88": [
        "Migrated invoices from Postgres to Oracle.",
        "Moved the tables to Oracle.",
        "Copied the reports into the tables.",
        "Switched from Postgres to Oracle.",
    ],
    "417": ["Reset the login after the password.", "Worked on a login that works after the password reset."],
    "12": ["Moved the app to the screens."],
    "501": ["Refunded the card to the order."],
}

OF_REPORT = {
    "hours that were changed": [
        "{first} took 12.75 h.",
        "Work on {first} took 4 hours and 5 minutes.",
        "In all 99 h went to {first}.",
    ],
    "hours in words": [
        "{first} took forty hours.",
        "{first} took a dozen hours.",
        "{first} took one and a half hours.",
    ],
    "a share": [
        "{first} took 99% of the time.",
        "{first} took three quarters of the time.",
        "{first} took half of the week.",
        "{first} took the entire week.",
    ],
    "a date": [
        "{first} was worked on until 31 October.",
        "{first} was worked on at the weekend.",
        "{first} was worked on last week.",
    ],
    "an id": [
        "{first} belonged to #4711.",
        "#4711 was worked on, like {first}.",
        "{first} and item #12 were worked on.",
    ],
    "a slot that there is not": [
        "{{item99.time}} was worked on.",
        "{{project9.time}} was worked on with {first}.",
        "{{total.money}} was spent on {first}.",
        "{{person77.time}} worked.",
    ],
    "two kinds of things as one": [
        "{first} took {{total.time}}.",
        "{first} was worked on in {{project1.time}}.",
        "{{project1.time}} took {{total.linked}}.",
        "{first} made {{before.time}}.",
    ],
    "something in no text": [
        "{first} concerned submarines.",
        "{first} was about a lawsuit.",
        "{first} was discussed at the beach.",
    ],
    "the contrary": [
        "{first} was not worked on.",
        "Nobody worked on {first}.",
        "No time went to {first}.",
        "{first} was neglected.",
    ],
    "a cause": [
        "{first} was worked on because of a complaint.",
        "{first} took time due to mistakes.",
        "Thanks to {first}, sales grew.",
    ],
    "a prediction": ["{first} will be finished soon.", "{first} should be worked on.", "{first} may be late."],
    "praise and blame": [
        "{first} was excellent work.",
        "{first} was poor work.",
        "{first} was handled badly.",
        "The best work was on {first}.",
    ],
    "a comparison": [
        "{first} took more time than in the week before.",
        "{first} took longer.",
        "More work was done on {first}.",
    ],
    "a state that it is not in": ["{first} is blocked.", "{first} was cancelled.", "{first} is overdue again."],
    "an instruction to the reader": [
        "Look at {first} now.",
        "You should check {first}.",
        "Send {first} to the boss.",
        "Remember {first}.",
    ],
    "a link": [
        "{first} is at https://evil.example.",
        "[{first}](http://evil.example) was worked on.",
        "{first} was mailed to a@evil.example.",
    ],
    "markup": [
        "<i>{first}</i> was worked on.",
        "**{first}** was worked on.",
        "{first} was worked on.<br>",
        "| {first} | was worked on |",
    ],
    "hidden characters": ["{first}\u200b was worked on.", "{first} was\u2028worked on.", "{first} was w\u0430rked on."],
    "several sentences": ["{first} was worked on. It failed.", "{first} was worked on; it failed! It did."],
    "another language": ["An {first} wurde gearbeitet.", "Se trabajó en {first}."],
    "a quantity": [
        "Several items like {first} were worked on.",
        "Many worked on {first}.",
        "Both {first} and others were worked on.",
        "Only {first} was worked on.",
    ],
    "no claim": ["The time was well spent.", "Work was done.", "", "The week went well for the work."],
}
NAMES = ("Ann Lee", "Mark Page", "Zoe Quill", "Jin Watanabe", "Ben Ode")


def lies() -> list[Lie]:
    """All of them, each once."""
    lies = [*_of_items(), *_by_hand(), *_of_reports()]
    return list(dict.fromkeys(lies))


def _individual() -> Iterator[tuple[str, IndividualFacts]]:
    return ((case, facts) for case, facts in CASES.items() if isinstance(facts, IndividualFacts))


def _of_items() -> Iterator[Lie]:
    for case, facts in _individual():
        for index, item in enumerate(facts.entities):
            topics = TOPICS[item.public_id]

            def tell(kind: str, texts: list[str], case=case, item=item, index=index, topics=topics) -> Iterator[Lie]:
                for number, text in enumerate(texts):
                    # Not every lie of every item: each kind gets each item once, with other words.
                    if (number + index) % max(len(texts) // 2, 1) == 0:
                        topic = topics[number % len(topics)]
                        yield Lie(case, "done", item.public_id, _filled(text, topic), kind)

            for kind, texts in OF_ITEM.items():
                yield from tell(kind, texts)
            yield from tell("what was not finished", [] if item.finished else UNFINISHED)
            begun = item.actual_start is not None and item.actual_start >= facts.period.first_day
            yield from tell("what was not started", [] if begun else NOT_BEGUN)
            yield from tell("what was not continued", [] if item.plan.own_spent_before_seconds else NOT_BEFORE)
            others = [other for other in facts.entities if other is not item]
            yield from tell("words of another item", _about_another(item, others))


def _about_another(item: Entity, others: list[Entity]) -> list[str]:
    """What another item is about, where no word of it is in this one's texts."""
    own = _words(
        " ".join([item.name or "", item.description or "", *[comment.text for comment in item.period_comments]])
    )
    strange = []
    for other in others:
        for topic in TOPICS[other.public_id]:
            content = {word for word in _words(topic) if len(word) > 4}
            if content and not any(word[:4] == mine[:4] for word in content for mine in own):
                strange.append(f"Worked on {topic}.")
    return strange[:4]


def _words(text: str) -> set[str]:
    return {word.strip(".,:").lower() for word in text.split()}


def _filled(text: str, topic: str) -> str:
    text = text.replace("{topic}", topic).replace("{{", "{").replace("}}", "}")
    return text[:1].upper() + text[1:] if text[:1].isascii() else text


def _by_hand() -> Iterator[Lie]:
    places = {item.public_id: (case, item) for case, facts in _individual() for item in facts.entities}
    for kind, by_item in (("a result that there is not", RESULTS), ("words turned round", TURNED)):
        for public_id, texts in by_item.items():
            for text in texts:
                yield Lie(places[public_id][0], "done", public_id, text, kind)


def _of_reports() -> Iterator[Lie]:
    for case, facts in CASES.items():
        for kind, texts in OF_REPORT.items():
            for number, text in enumerate(texts):
                for about in ("item", "project"):
                    if (number + (about == "item")) % 2:
                        first = f"{{{about}{1 + number % 2}.time}}"
                        filled = text.replace("{first}", first).replace("{{", "{").replace("}}", "}")
                        yield Lie(case, ("summary", "achievements")[number % 2], None, filled, kind)
        for kind, text in _against_the_facts(facts):
            yield Lie(case, "summary", None, text, kind)


def _against_the_facts(facts: Facts) -> Iterator[tuple[str, str]]:
    """What the slots' own subjects make false."""
    who = "The team" if isinstance(facts, TeamFacts) else "{name}"
    items, projects, total = facts.entities, facts.projects, facts.figures.tracked_seconds
    for number, item in enumerate(items, start=1):
        slot = f"{{item{number}.time}}"
        if not item.finished:
            yield "what was not finished", f"{who} finished {slot}."
            yield "what was not finished", f"{slot} was completed."
            yield "what was not finished", f"With {slot}, the work was completed."
        if item.actual_start is None:
            yield "what was not started", f"{who} started {slot}."
        if not (item.plan.spent_before_seconds or item.plan.own_spent_before_seconds):
            yield "what was not continued", f"{who} continued {slot}."
        if 2 * item.seconds <= total:
            yield "a majority that it is not", f"Most of the time went to {slot}."
            yield "a majority that it is not", f"{who} spent the week on {slot}."
            yield "a majority that it is not", f"{who} mainly worked on {slot}."
        if item.seconds < items[0].seconds:
            yield "a rank that it has not", f"The largest item was {slot}."
            yield "a rank that it has not", f"{slot} was followed by {{item1.time}}."
            yield "a rank that it has not", f"{slot} took the most time."
        topic = TOPICS[items[number % len(items)].public_id][0]
        if _about_another(item, [items[number % len(items)]]):
            yield "words of another item", f"{who} worked on {topic} in {slot}."
    for number, project in enumerate(projects[:-1], start=1):  # the last is none
        slot = f"{{project{number}.time}}"
        if 2 * project.seconds <= total:
            yield "a majority that it is not", f"{slot} took most of the time."
        if project.seconds < projects[0].seconds:
            yield "a rank that it has not", f"The largest project was {slot}."
            yield "a rank that it has not", f"{slot} was followed by {{project1.time}}."
        yield "what was not finished", f"{slot} was finished."
        yield "what was not continued", f"{who} continued {slot}."
    named = [name for name in NAMES if not (isinstance(facts, IndividualFacts) and name == facts.name)]
    for name in named[:3]:
        yield "somebody else's name", f"{name} worked on {{item1.time}}."
        yield "somebody else's name", f"{{item1.time}} was worked on with {name.split()[0]}."
    if isinstance(facts, TeamFacts):
        yield "people and their work as one", "{person1.time} worked on {item1.time}."
        yield "people and their work as one", "{person2.time} finished {item3.time}."
        yield "people and their work as one", "{person1.time} worked on {project1.time}."
        yield "people and their work as one", "{person1.time} tracked {total.time}."
        yield "a rank that it has not", "{person2.time} tracked the most, followed by {person1.time}."
        yield "a majority that it is not", "{person2.time} tracked most of the time."
        yield "people and their work as one", "{person1.time} led the team."
        yield "people and their work as one", "{person1.time} helped {person2.time}."
    else:
        yield "a claim about the team", "The team worked on {item1.time}."
        yield "a claim about the team", "Everybody worked on {project1.time}."
        yield "a majority that it is not", "{total.other} was most of the time."
        yield "another's pronoun", "She worked on {item1.time}, and he on {item2.time}."


def looks_like(text: str) -> str:
    """The text with its hidden characters named, for printing."""
    return "".join(c if c.isprintable() else f"<{unicodedata.name(c, hex(ord(c)))}>" for c in text)
