"""What a report gains from a model: the tables of docs/sentences.md, made from the sentences that were written apart.

A cell is what the report would say in that mode: the sentence where the check lets it through, else the template's.
"""

from collections import Counter

from bench.corpora.written_apart import Corpus, Judged, Written, honest, judged, lies, menus, reports
from volt_assets.reports.sentences.models import Sentence
from volt_assets.reports.sentences.templates import template_prose
from volt_assets.settings import ProseMode

MODES: tuple[ProseMode, ...] = ("checked", "worded")
TEAM: tuple[Corpus, str] = "first", "team-w45"
PEOPLE: tuple[tuple[Corpus, str], ...] = ("first", "person-lucas"), ("second", "person-tom")
# Honest sentences dropped and lies passed when a corpus was judged for the first time, before the check was changed
# after it.
FIRST_LOOK: dict[Corpus, dict[ProseMode, tuple[int, int]]] = {
    "first": {"checked": (43, 5), "worded": (25, 28)},
    "second": {"checked": (24, 1), "worded": (19, 13)},
}


def figures_table() -> str:
    """How many honest sentences each mode drops, and how many lies it passes: at first look and now."""
    lines = [
        "| written apart | VOLT_PROSE | honest sentences | dropped at first look | dropped now | lies | "
        "passed at first look | passed now |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for corpus, first_look in FIRST_LOOK.items():
        told, lied = honest(corpus), lies(corpus)
        for mode, (first_dropped, first_passed) in first_look.items():
            dropped = sum(judged(each, mode).sentence is None for each in told)
            passed = sum(judged(each, mode).sentence is not None for each in lied)
            shares = [f"{each} ({each / len(told):.0%})" for each in (first_dropped, dropped)]
            cells = [corpus, f"`{mode}`", len(told), *shares, len(lied), first_passed, passed]
            lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def items_table(corpus: Corpus, person: str) -> str:
    """What a person's report says was done on each work item: by templates, and in both modes."""
    templates = template_prose(reports(corpus)[person]).done
    by_item = {each.item: each for each in reversed(honest(corpus)) if each.report == person and each.item}
    rows = []
    for name, item in menus(corpus)[person].items.items():
        if name not in by_item:
            continue
        template = _text(templates[item.key])
        cells = [_text(found.sentence) if found.sentence else template for found in _in_modes(by_item[name])]
        rows.append(" | ".join([f"| #{item.entity.public_id} {item.entity.name}", template, *cells]) + " |")
    return "\n".join(["| work item | `off` | `checked` | `worded` |", "|---|---|---|---|", *rows])


def summary_lists() -> str:
    """The team's summary by templates, and what of the sentences written for it each mode keeps."""
    corpus, team = TEAM
    facts = reports(corpus)[team]
    templates = [_text(sentence) for sentence in template_prose(facts).summary]
    written = [each for each in honest(corpus) if each.report == team and each.place == "summary"]
    parts = [f"`off`, the whole of it:\n\n{_listed(templates)}"]
    before: set[str] = set()
    for mode in MODES:
        kept = [_text(found.sentence) for each in written if (found := judged(each, mode)).sentence]
        new = [text for text in kept if text not in before]
        before |= set(kept)
        which = ", these besides" if mode == "worded" else ""
        parts.append(f"`{mode}` keeps {len(kept)} of {len(written)}{which}:\n\n{_listed(new)}")
    return "\n\n".join(parts)


def reasons_table() -> str:
    """Why honest sentences are dropped, most frequent reason first."""
    verdicts = [[judged(each, mode) for corpus in FIRST_LOOK for each in honest(corpus)] for mode in MODES]
    columns = [Counter(_kind(found) for found in of_mode if not found.sentence) for of_mode in verdicts]
    names = sorted(columns[0].keys() | columns[1].keys(), key=lambda name: (-columns[0][name], -columns[1][name], name))
    rows = [f"| {name} | {columns[0][name]} | {columns[1][name]} |" for name in names]
    return "\n".join(["| why an honest sentence is dropped | `checked` | `worded` |", "|---|--:|--:|", *rows])


def passed_lies() -> str:
    """Lies that `checked` passes, and some that `worded` does."""
    told = [each for corpus in FIRST_LOOK for each in lies(corpus)]
    of_mode = {mode: [each for each in told if judged(each, mode).sentence] for mode in MODES}
    others = [each for each in of_mode["worded"] if each not in of_mode["checked"]][:8]
    return f"`checked` passes {_lies(of_mode['checked'])}\n\n`worded` besides {_lies(others)}"


def _lies(passed: list[Written]) -> str:
    if not passed:
        return "none of them now."
    return "these:\n\n" + _listed([f"{each.kind}: “{each.text}”" for each in passed])


def section() -> str:
    """All that docs/sentences.md has of figures and examples."""
    return "\n\n".join(
        [
            "### One person's work items",
            items_table(*PEOPLE[0]),
            "### Another one's, of the `second`",
            items_table(*PEOPLE[1]),
            "### A team's summary",
            summary_lists(),
            "## How good the check is",
            figures_table(),
            reasons_table(),
            "### Lies that pass",
            passed_lies(),
        ]
    )


def _in_modes(written: Written) -> list[Judged]:
    return [judged(written, mode) for mode in MODES]


def _kind(found: Judged) -> str:
    """The reason without the words it names."""
    reason = found.reason
    if reason.startswith("the word “"):
        return "a word that is not known to claim nothing" if "neither" in reason else "a word that claims something"
    if "who did what" in reason or "who wrote" in reason:
        return "it sounds as if somebody did something for somebody"
    if "others" in reason:
        return "a list that sounds whole and is not"
    return "another reason"


def _text(sentence: Sentence | None) -> str:
    assert sentence is not None
    parts = (part if isinstance(part, str) else f"#{part.public_id} {part.name}" for part in sentence.parts)
    return "".join(parts).replace("|", "\\|")


def _listed(texts: list[str]) -> str:
    return "\n".join(f"- {text}" for text in texts)
