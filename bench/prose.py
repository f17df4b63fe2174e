"""What the check of a model's sentences lets through: how many lies, and how many true sentences it drops.

    python bench/prose.py [--all]

Over `bench/corpora`: true sentences by hand and by templates, and lies of many kinds, none of them made by the
code under test. Ends with 1 where a lie passes or 2 in 100 true sentences are dropped. --all lists every refused one.
Then the sentences that were written apart from the check, which judge it and decide nothing here.
"""

import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.corpora import false_sentences, held_out, true_sentences
from bench.corpora.held_out import checked
from bench.side_by_side import figures_table

SHARE_ALLOWED = 0.02


def main() -> int:
    dropped_of = 0
    truths = {
        "by hand": true_sentences.by_hand(),
        "by templates": true_sentences.by_templates(),
        "by hand, held out": held_out.truths(),
    }
    for origin, sentences in truths.items():
        dropped = [(each, reason) for each in sentences if (reason := checked(each)) is not None]
        dropped_of += len(dropped)
        print(
            f"true sentences {origin}: {len(sentences)}, dropped {len(dropped)} ({len(dropped) / len(sentences):.1%})"
        )
        for each, reason in dropped:
            print(f"    {each.case}, {each.item or each.place}: {each.text} -- {reason}")
    total = sum(map(len, truths.values()))
    print(
        f"true sentences: {total}, dropped {dropped_of} ({dropped_of / total:.2%}; allowed: under {SHARE_ALLOWED:.0%})"
    )

    lies = false_sentences.lies() + held_out.lies()
    passed = [lie for lie in lies if checked(lie) is None]
    by_kind = Counter(lie.kind for lie in lies)
    print(f"lies: {len(lies)} of {len(by_kind)} kinds, let through {len(passed)}")
    for lie in passed:
        print(f"    {lie.kind}: {lie.case}, {lie.item or lie.place}: {false_sentences.looks_like(lie.text)}")
    if "--all" in sys.argv:
        for lie in lies:
            print(f"    {lie.kind}: {false_sentences.looks_like(lie.text)} -- {checked(lie)}")
    print(f"written apart:\n{figures_table()}")
    return int(bool(passed) or dropped_of >= SHARE_ALLOWED * total)


if __name__ == "__main__":
    sys.exit(main())
