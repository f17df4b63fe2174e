"""A sentence prints the times that the tables print, whatever their remainders."""

import re

from hypothesis import given
from hypothesis import strategies as st

from bench.corpora.facts import NO_PROJECT, PROJECT, entity, individual
from volt_assets.formatting import rounded
from volt_assets.reports.facts.models import Figures, ProjectTime
from volt_assets.reports.facts.rounding import PrintedTimes
from volt_assets.reports.sentences.menu import menu_of
from volt_assets.reports.sentences.templates import template_prose

SECONDS = st.lists(st.integers(1, 20_000), min_size=1, max_size=6)


@given(SECONDS, st.integers(0, 5000))
def test_items_projects_and_what_is_on_neither_add_up_to_the_total_and_sentences_say_the_same(seconds, other):
    seconds = sorted(seconds, reverse=True)
    items = [
        entity(str(number), f"Item {number}", each, projects=[ProjectTime(project=f"P{number}", seconds=each)])
        for number, each in enumerate(seconds)
    ]
    linked = sum(seconds)
    figures = Figures(
        tracked_seconds=linked + other, linked_seconds=linked, other_seconds=other, entries=9, entities=len(items)
    )
    projects = [PROJECT.model_copy(update={"project": f"P{n}", "seconds": each}) for n, each in enumerate(seconds)]
    if other:
        projects.append(NO_PROJECT.model_copy(update={"seconds": other}))
    facts = individual(entities=items, figures=figures, projects=projects)
    printed = PrintedTimes(facts)
    assert sum(printed.split) == rounded(linked + other)
    assert sum(printed.items) == printed.split[0]
    assert sum(part for part, _ in printed.projects) == rounded(linked + other)

    slots = menu_of(facts).slots
    reported = {number: slots[f"item{number + 1}.time"].text for number in range(len(items))}
    assert [int(re.search(r"\((.+) h\)", reported[number])[1].replace(".", "")) for number in reported] == printed.items
    assert [slots[f"project{n + 1}.time"].text for n in range(len(items))] == [
        f"P{n} ({part / 100:.2f} h, {share})" for n, (part, share) in enumerate(printed.projects[: len(items)])
    ]
    largest = template_prose(facts).summary[-1].parts[2]
    assert largest.startswith(f" ({printed.items[0] / 100:.2f} h)")
