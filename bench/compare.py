"""Compare `volt run` with the plain way and with Dagster's floor, over the sandbox, alternating, each in a fresh home.

    python bench/compare.py --entries toggl_export.csv --entities fibery_entities.csv \\
        --timezone Europe/London --start-date 2007-12-03 --end-date 2007-12-09 --latency-ms 150 --repeat 5

Prints per way the median wall and CPU seconds, peak memory and requests, and the ratios of medians. Absolute times
depend on the machine; the ratios are what to compare. `--without plain` leaves a way out (the plain way takes many
minutes for a year). `bench/sip.py` makes two such files of a public data set.
"""

import argparse
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.serving import serving, timed, volt

HERE = Path(__file__).parent
WAYS = ("volt", "plain", "floor")


@dataclass
class Measured:
    wall: float
    cpu: float
    peak_mib: float
    requests: int


def commands(way: str, first: str, last: str) -> list[str | Path]:
    if way == "volt":
        return volt("run", "--start-date", first, "--end-date", last, "--json")
    return [sys.executable, HERE / f"{way}.py", first, last]


def measure(way: str, first: str, last: str, environment: dict[str, str], log: Path) -> Measured:
    """Run one way in a home of its own; wall and CPU in seconds, of the process and all its children."""
    with tempfile.TemporaryDirectory(prefix="volt-bench-") as folder:
        sent_before = len(log.read_text().splitlines())
        whole = timed(commands(way, first, last), folder, environment | {"VOLT_HOME": f"{folder}/home"})
        sent = len(log.read_text().splitlines()) - sent_before
        return Measured(whole.wall, whole.cpu, whole.peak_mib, sent)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", required=True)
    parser.add_argument("--entities", required=True)
    parser.add_argument("--timezone", default="UTC")
    parser.add_argument("--start-date", required=True)
    parser.add_argument("--end-date", required=True)
    parser.add_argument("--latency-ms", type=int, default=0)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--warm-up", type=int, default=1, help="Rounds that are not counted, first.")
    parser.add_argument("--without", action="append", choices=WAYS, default=[])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="volt-bench-") as folder:
        log = Path(folder) / "requests.jsonl"
        log.touch()
        with serving(
            *("--entries", options.entries, "--entities", options.entities, "--timezone", options.timezone),
            *("--latency-ms", str(options.latency_ms), "--requests-log", log),
        ) as environment:
            environment |= {"VOLT_TIMEZONE": options.timezone, "VOLT_FIRST_WEEK": "2006-01-02"}
            ways = [way for way in WAYS if way not in options.without]
            measured: dict[str, list[Measured]] = {way: [] for way in ways}
            for round_number in range(options.warm_up + options.repeat):
                for way in ways:
                    result = measure(way, options.start_date, options.end_date, environment, log)
                    if round_number >= options.warm_up:
                        measured[way].append(result)
    report(measured, options)


def report(measured: dict[str, list[Measured]], options: argparse.Namespace) -> None:
    print(f"{options.start_date} to {options.end_date}, {options.latency_ms} ms a request, medians of {options.repeat}")
    print(f"{'way':<7}{'wall s':>9}{'CPU s':>9}{'peak MiB':>10}{'requests':>10}")
    medians = {}
    for way, results in measured.items():
        medians[way] = {name: statistics.median(getattr(r, name) for r in results) for name in Measured.__annotations__}
        m = medians[way]
        print(f"{way:<7}{m['wall']:>9.2f}{m['cpu']:>9.2f}{m['peak_mib']:>10.0f}{m['requests']:>10.0f}")
    volt = medians.get("volt")
    if volt and "floor" in medians:
        print(f"volt / floor: {volt['wall'] / medians['floor']['wall']:.2f}")
    if volt and "plain" in medians:
        print(f"plain / volt: {medians['plain']['wall'] / volt['wall']:.2f}")
        if "floor" in medians:
            own = volt["wall"] - medians["floor"]["wall"]
            print(f"plain / (volt - floor), Dagster's own seconds taken off: {medians['plain']['wall'] / own:.2f}")


if __name__ == "__main__":
    main()
