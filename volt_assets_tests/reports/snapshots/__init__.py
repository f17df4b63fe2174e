"""Reports of the generated company as readers get them, kept as files: a change of a report is a change seen in git.

`facts.json.gz` holds the facts of a few periods (the input), `rendered/` what is made of them. Pages are kept as
their text, a line for each paragraph or row, and two of them as HTML too, without the style. To renew them after a
change that is meant:

    python -m volt_assets_tests.reports.snapshots           # what is made of the facts
    python -m volt_assets_tests.reports.snapshots --facts   # the facts first: runs Volt on the company, half a minute
"""
