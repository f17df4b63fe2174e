"""A sentence prints the times that the tables print."""

import re

from hypothesis import given
from hypothesis import strategies as st

from bench.corpora.facts import entity, individual, project_of, project_time, spent
from volt_assets.reports.facts.rounding import PrintedTimes
from volt_assets.reports.sentences.menu import menu_of
from volt_assets.reports.sentences.templates import template_prose

HUNDREDTHS = st.lists(st.integers(1, 600), min_size=1, max_size=6)


@given(HUNDREDTHS, st.integers(0, 150))
def test_sentences_print_the_hours_of_the_facts(times, other):
    times = sorted(times, reverse=True)
    items = [
        entity(str(number), f"Item {number}", 36 * each, projects=[project_time(f"P{number}", 36 * each)])
        for number, each in enumerate(times)
    ]
    projects = [
        project_of(f"P{n}", 36 * each, entries=1, people=1, entities=1, finished=0) for n, each in enumerate(times)
    ]
    if other:
        projects.append(project_of(None, 36 * other, entries=1, people=1, entities=0, finished=0))
    figures = spent(36 * sum(times), 36 * other, entries=9, entities=len(items))
    facts = individual(entities=items, figures=figures, projects=projects)
    printed = PrintedTimes(facts)
    assert (printed.split, printed.items) == ((sum(times), other), times)
    slots = menu_of(facts).slots
    reported = [slots[f"item{number + 1}.time"].text for number in range(len(items))]
    assert [int(re.search(r"\((.+) h\)", text)[1].replace(".", "")) for text in reported] == times
    assert [slots[f"project{n + 1}.time"].text for n in range(len(items))] == [
        f"P{n} ({part / 100:.2f} h, {share})" for n, (part, share) in enumerate(printed.projects[: len(items)])
    ]
    largest = template_prose(facts).summary[-1].parts[2]
    assert largest.startswith(f" ({times[0] / 100:.2f} h)")
