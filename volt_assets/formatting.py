"""How values are printed in Markdown: hours and percentages that add up, periods, times, and text that others typed.

What is printed, and where, is for the templates of `reports/` and `toggl/`; nothing here knows a report.

Hours are printed in one of two forms (VOLT_HOURS): as a decimal number, in hundredths of an hour, or as h:mm, in
minutes. The whole numbers that are added up and printed count the unit of the form in force: hundredths, unless
`printing` says otherwise. What is called `hundredths` anywhere in `reports/` counts minutes where a report is h:mm.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import jinja2

MINUS = "\N{MINUS SIGN}"
SECONDS_PER_HUNDREDTH = 36  # of an hour

HoursForm = Literal["decimal", "hm"]
# What is counted in each form, in seconds.
UNITS: Mapping[HoursForm, int] = {"decimal": SECONDS_PER_HUNDREDTH, "hm": 60}
_form: ContextVar[HoursForm] = ContextVar("form of printed hours", default="decimal")

# What Markdown (CommonMark and GitHub's extensions) could read as more than text, wherever it stands.
_MARKS = re.compile(r"[\\`*_\[\]<>|~$]|&(?=#?\w+;)|:(?=//)|(?<=www)\.", re.IGNORECASE)
# What only means something at the start of a block: headings, quotes, lists, rules.
_BLOCK_START = re.compile(r"^(?:[#+\-=]|\d{1,9}(?=[.)](?:\s|$)))")
_DISTURBING = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]+")


def apportion(numerators: Sequence[int], denominator: int, total: int | None = None) -> list[int]:
    """Whole numbers for the fractions n / denominator that add up to `total`, by the largest-remainder method.

    Each is its fraction rounded down or up. `total` is the sum rounded half up unless it is given; given, it must be
    the sum rounded down or up (as it is where this function handed it out). Of equal remainders the first wins.
    """
    shares = [n // denominator for n in numerators]
    missing = (round_half_up(sum(numerators), denominator) if total is None else total) - sum(shares)
    by_remainder = sorted(range(len(numerators)), key=lambda i: -(numerators[i] % denominator))
    candidates = [i for i in by_remainder if numerators[i] % denominator]
    if not 0 <= missing <= len(candidates):
        raise ValueError(f"{total} is not the sum of the parts, rounded")
    for i in candidates[:missing]:
        shares[i] += 1
    return shares


def round_half_up(numerator: int, denominator: int) -> int:
    """numerator / denominator as the nearest whole number; halves go up. Not for negative numbers."""
    return (2 * numerator + denominator) // (2 * denominator)


@contextmanager
def printing(form: HoursForm) -> Iterator[None]:
    """Within, hours are rounded and printed in this form."""
    token = _form.set(form)
    try:
        yield
    finally:
        _form.reset(token)


def form_in_force() -> HoursForm:
    return _form.get()


def unit_seconds() -> int:
    """The seconds of what the form in force counts."""
    return UNITS[_form.get()]


def hundredths(seconds: Sequence[int], total: int | None = None) -> list[int]:
    """Seconds as hundredths of an hour (or minutes) that add up to `total` (their sum, rounded)."""
    return apportion(seconds, unit_seconds(), total)


def rounded(seconds: int) -> int:
    """Seconds as the nearest hundredth of an hour or, where hours are h:mm, the nearest minute."""
    return round_half_up(seconds, unit_seconds())


def number(hundredths: int, form: HoursForm | None = None) -> str:
    """Hundredths as a number with two decimals, 1.05; where hours are h:mm, minutes as 1:03."""
    if (form or _form.get()) == "hm":
        return f"{hundredths // 60}:{hundredths % 60:02d}"
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def hours(seconds: int) -> str:
    """Seconds as hours, for a figure that is part of no printed sum: 1.05 h."""
    return f"{number(rounded(seconds))} h"


def difference(value: int, before: int, form: HoursForm | None = None) -> str:
    """The difference of two printed numbers of hours, with its sign: +1.05, −0.50, ±0.00."""
    sign = "±" if value == before else "+" if value > before else MINUS
    return sign + number(abs(value - before), form)


def count_difference(value: int, before: int) -> str:
    """The difference of two counts, with its sign."""
    return ("±" if value == before else "+" if value > before else MINUS) + str(abs(value - before))


def percentages(parts: Sequence[int]) -> list[str]:
    """What share each part has of their sum, in whole percent that add up to 100; a dash each where the sum is zero."""
    whole = sum(parts)
    if not whole:
        return ["–"] * len(parts)
    return [f"{share}%" for share in apportion([100 * part for part in parts], whole)]


def share(part: int, whole: int) -> str:
    """A single share in whole percent: 0% and 100% only where they are exact; a dash of nothing."""
    if not whole:
        return "–"
    percent = round_half_up(100 * part, whole)
    if percent == 0 and part:
        return "<1%"
    if percent == 100 and part != whole:
        return ">99%"
    return f"{percent}%"


def plural(count: int, one: str, many: str | None = None) -> str:
    """ "1 entry", "2 entries"."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def listing(words: Sequence[str]) -> str:
    """ "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def day(value: date, year: bool = True) -> str:
    """ "3 December 2007", or "3 December"."""
    return f"{value.day} {value:%B}" + (f" {value.year}" if year else "")


def short_day(value: date, period_year: int | None = None) -> str:
    """ "3 Dec", with the year where it is not `period_year`."""
    return f"{value.day} {value:%b}" + (f" {value.year}" if value.year != period_year else "")


def weekday_and_day(value: date, period_year: int | None = None) -> str:
    """ "Mon 3 Dec", with the year where it is not `period_year`."""
    return f"{value:%a} {short_day(value, period_year)}"


def period(first: date, last: date) -> str:
    """ "3–9 December 2007", with as much of the first day as differs from the last."""
    if first == last:
        return day(last)
    if first.year != last.year:
        return f"{day(first)} – {day(last)}"
    if first.month != last.month:
        return f"{day(first, year=False)} – {day(last)}"
    return f"{first.day}–{day(last)}"


def minute(instant: datetime) -> str:
    """An aware instant to the minute, in UTC."""
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def disambiguate(names: Mapping[int, str], joint: str) -> dict[int, str]:
    """The names by id, each once: of equal ones, those with later ids get a number behind `joint` ("john_doe_2")."""
    disambiguated: dict[int, str] = {}
    taken: set[str] = set()
    for user_id, name in sorted(names.items()):
        unique, count = name, 1
        while unique in taken:
            count += 1
            unique = f"{name}{joint}{count}"
        taken.add(unique)
        disambiguated[user_id] = unique
    return disambiguated


def text(value: str | None) -> str:
    """Text that someone typed, as one line of Markdown that reads as just that: no markup, link, table cell or HTML."""
    return sentence_start(inline(value or "").strip())


def inline(value: str) -> str:
    """A piece of a line that someone typed, with the spaces around it, as Markdown that reads as just that."""
    return _MARKS.sub(lambda mark: "\\" + mark[0], _DISTURBING.sub(" ", value))


def sentence_start(markdown: str) -> str:
    """A line of Markdown whose first character begins no block."""
    return _BLOCK_START.sub(lambda start: _escaped_start(start[0]), markdown)


def _escaped_start(start: str) -> str:
    # Digits cannot be escaped: the full stop or bracket behind them is, by a lookahead that is not part of `start`.
    return start + "\\" if start.isdigit() else "\\" + start


def table(columns: Mapping[str, str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table of text that someone typed, and of figures. `columns` gives each column's rule (`---:`)."""
    lines: list[Iterable[str]] = [columns.keys(), columns.values()]
    lines += [[inline(str(cell)).strip() for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def link(label: str, url: str | None) -> str:
    """A Markdown link with an already escaped label; the label alone where there is no web address."""
    if not url or not url.startswith(("http://", "https://")):
        return label
    return f"[{label}]({quote(url, safe=':/?#@!$&*+,=%~')})"


def render(folder: Path, template: str, **context: Any) -> str:
    """A Markdown template of `folder`, rendered. Empty lines in a row become one, so that templates may be generous."""
    return re.sub(r"\n{3,}", "\n\n", _environment(folder).get_template(template).render(context)).strip() + "\n"


@cache
def _environment(folder: Path) -> jinja2.Environment:
    # Markdown, not HTML: what others typed goes through the filter `text`.
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=False,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"text": text, "number": number, "hours": hours, "minute": minute, "listing": listing}
    environment.globals |= {"plural": plural}
    return environment
