"""The checks that send nothing: settings, configuration, warehouse, Dagster's home and what runs in it, disk."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg

from volt_assets.errors import VoltError, WarehouseBusy
from volt_assets.fibery.configuration import load_enrichment_config
from volt_assets.orchestration import run_records
from volt_assets.orchestration.instance import open_instance
from volt_assets.runs.doctor.checks import Check, failed, ok, warning
from volt_assets.setting_sources import lines_of, place_of
from volt_assets.settings import Settings
from volt_assets.warehouse import Warehouse
from volt_assets.warehouse.migrating import level_of

# Seconds to wait for the warehouse: a check must not keep people waiting.
LOCK_WAIT = 2.0
LEAST_FREE, LITTLE_FREE = 200 * 1024**2, 1024**3
DAEMON_SILENT = timedelta(minutes=3)
LONG = timedelta(hours=6)


def settings_check(settings: Settings) -> Check:
    """Which settings are set, and where."""
    file = settings.project / ".env"
    lines = lines_of(file)
    places = {name: place_of(name, file, lines) for name in settings.names()}
    named = [f"{name} {place}" for name, place in places.items() if place]
    return ok("settings", "; ".join(named) + "." if named else "None is set: all have their defaults.")


def configuration_check(settings: Settings) -> Check:
    path = settings.enrichment_config_path
    try:
        config = load_enrichment_config(path)
    except VoltError as error:
        return failed("configuration", error.message, "Correct the file; docs/configuration.md describes it.")
    return ok("configuration", f"{path} has {len(config.types)} types.")


def model_check(settings: Settings) -> Check:
    """Who writes the reports' sentences; a key or a mode alone does nothing."""
    if settings.model_is_undecided:
        advice = "Set VOLT_PROSE to checked or worded to use it, or to off; docs/sentences.md shows what that changes."
        return warning("model", "OPENAI_API_KEY is set but not used: VOLT_PROSE is off.", advice)
    if settings.volt_prose == "off":
        return ok("model", "Templates write the sentences (VOLT_PROSE is off).")
    if settings.openai_api_key is None:
        return warning(
            "model", f"VOLT_PROSE is {settings.volt_prose}, but no model can be asked.", "Set OPENAI_API_KEY."
        )
    return ok("model", f"{settings.volt_model} writes the sentences (VOLT_PROSE is {settings.volt_prose}).")


def warehouse_check(settings: Settings) -> Check:
    path = settings.warehouse_path
    if not path.exists():
        return ok("warehouse", f"There is none at {path} yet: the first run makes it.")
    try:
        with Warehouse(database=str(path), lock_wait=LOCK_WAIT).get_connection() as connection:
            level = level_of(connection)
            ((weeks, complete),) = connection.execute(
                "SELECT count(*), count(*) FILTER (WHERE complete) FROM toggl_weeks"
            ).fetchall()
    except WarehouseBusy as error:
        return warning("warehouse", error.message, "Wait for it, or close what has it open.")
    except VoltError as error:
        return failed("warehouse", error.message, "See docs/troubleshooting.md, The warehouse.")
    size = path.stat().st_size / 1024**2
    return ok(
        "warehouse",
        f"{path} ({size:.0f} MB) is at level {level}, and nobody else has it open; {weeks} weeks "
        f"are stored, {complete} of them complete.",
    )


def disk_check(settings: Settings) -> Check:
    place = next(folder for folder in (settings.home, *settings.home.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    found = f"{free / 1024**3:.1f} GB are free at {place}."
    if free < LEAST_FREE:
        return failed("disk", found, "Make room there, or choose another folder with VOLT_HOME.")
    return warning("disk", found, "Make room there soon.") if free < LITTLE_FREE else ok("disk", found)


def dagster_checks(settings: Settings) -> Iterator[Check]:
    """Dagster's home, and where there is one: its daemon, its runs and its sensors."""
    home = settings.dagster_home
    if not home.exists():
        yield ok("dagster_home", f"There is none at {home} yet: the first run makes it.")
        return
    try:
        with open_instance(settings) as instance:
            yield ok("dagster_home", f"{home} can be opened.")
            yield _daemon(instance, settings)
            yield _runs(instance)
            yield from _sensors(instance)
    except VoltError as error:
        yield failed("dagster_home", error.message, "See docs/troubleshooting.md.")


def _daemon(instance: dg.DagsterInstance, settings: Settings) -> Check:
    beats = [beat.timestamp for beat in instance.get_daemon_heartbeats().values()]
    last = datetime.fromtimestamp(max(beats), UTC) if beats else None
    if last is not None and datetime.now(UTC) - last < DAEMON_SILENT:
        return ok("daemon", f"It runs: its last sign of life was at {last:%Y-%m-%d %H:%M:%S} UTC.")
    found = "It has never run." if last is None else f"It does not run: its last sign was at {last:%Y-%m-%d %H:%M} UTC."
    if settings.volt_automation == "off":
        return ok("daemon", f"{found} Nothing is automated (VOLT_AUTOMATION).")
    return warning("daemon", found, "Start `volt ui`: nothing is run automatically without it.")


def _runs(instance: dg.DagsterInstance) -> Check:
    unfinished = instance.get_run_records(dg.RunsFilter(statuses=run_records.STATUSES[run_records.IN_PROGRESS]))
    dead = [record for record in unfinished if run_records.why_dead(instance, record)]
    if dead:
        named = ", ".join(run_records.run_id_of(instance, record) for record in dead)
        return warning(
            "runs", f"The process of {named} is gone.", "Run any command: `volt list-runs` ends it as failed."
        )
    now = datetime.now(UTC)
    long = [record for record in unfinished if now - record.create_timestamp.astimezone(UTC) > LONG]
    if long:
        named = ", ".join(run_records.run_id_of(instance, record) for record in long)
        advice = "See its log in `volt ui`; `volt cancel-run ID` ends it."
        return warning("runs", f"{named} has been in progress for more than {LONG.seconds // 3600} hours.", advice)
    return ok("runs", f"{len(unfinished) or 'None'} in progress, and none hangs.")


def _sensors(instance: dg.DagsterInstance) -> Iterator[Check]:
    """The last tick of each sensor and schedule that Dagster has started."""
    for state in instance.all_instigator_state():
        ticks = instance.get_ticks(state.instigator_origin_id, state.selector_id, limit=1)
        name = f"tick_of_{state.instigator_name}"
        if not ticks:
            yield ok(name, "It has not been evaluated yet.")
            continue
        tick = ticks[0]
        at = f"at {datetime.fromtimestamp(tick.timestamp, UTC):%Y-%m-%d %H:%M} UTC"
        if tick.error is not None:
            advice = "See its log in `volt ui`, under Automation."
            yield warning(name, f"Its last tick failed {at}: {tick.error.message.strip().splitlines()[0]}", advice)
        else:
            why = f": {tick.skip_reason}" if tick.skip_reason else ""
            yield ok(name, f"Last tick {at}, {tick.status.value.lower()}{why}")
