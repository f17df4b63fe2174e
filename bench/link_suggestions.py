"""How right the link suggestions are: 200 planted descriptions, half in the generated company, half in one from files.

    python bench/link_suggestions.py --entries toggl_export.csv --entities fibery_entities.csv --week 2007-12-03

Prints precision (suggestions that are right, of those shown) and recall (descriptions whose item was shown, of those
that have one) at the threshold. Without files, all 200 are in the generated company. `--wrong` lists what was wrong.
`bench/sip.py` makes two such files of a public data set.
"""

import argparse
import sys
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.planted_links import Measured, measure
from volt_assets.reports.facts.link_suggestions import THRESHOLD
from volt_assets.sandbox.from_csv import company_from_csv
from volt_assets.sandbox.generated import generated_company
from volt_assets.weeks import parse_week

UNTIL = date(2025, 10, 12)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=Path)
    parser.add_argument("--entities", type=Path)
    parser.add_argument("--week", type=parse_week)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--wrong", action="store_true")
    options = parser.parse_args()
    from_files = options.entries is not None
    generated = generated_company(until=UNTIL)
    parts = {"generated company": measure(generated, parse_week("2025-W40"), 100 if from_files else 200, options.seed)}
    if from_files:
        company = company_from_csv(options.entries, options.entities)
        parts["CSV files"] = measure(company, options.week, 100, options.seed)
    for name, measured in parts.items():
        print(f"{name}: {in_words(measured)}")
    whole = sum(list(parts.values())[1:], next(iter(parts.values())))
    print(f"all, at a threshold of {THRESHOLD}: {in_words(whole)}")
    if options.wrong:
        for planted, shown, score, because in whole.wrong:
            print(f"  {planted.typed!r} ({planted.way}; {planted.item}): {shown} {score} {because}")


def in_words(measured: Measured) -> str:
    return (
        f"precision {measured.precision:.2f} ({measured.right} of {measured.shown} suggestions), "
        f"recall {measured.recall:.2f} ({measured.answered} of {measured.answerable})"
    )


if __name__ == "__main__":
    main()
