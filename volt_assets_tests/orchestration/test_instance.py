import multiprocessing
import os
import shutil
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy.exc
import yaml
from dagster._cli.utils import get_possibly_temporary_instance_for_cli
from sqlalchemy import make_url

from volt_assets.errors import BadInput, VoltError
from volt_assets.orchestration import instance
from volt_assets.orchestration.instance import open_instance, prepare
from volt_assets.settings import Settings
from volt_assets_tests.toggl.recorded import execute, record_run

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with this one's dagster.yaml."""
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    shutil.copy(ROOT / "dagster.yaml", tmp_path)
    return tmp_path


def settings(project: Path, **values: object) -> Settings:
    return Settings(project=project, _env_file=None, **values)


def in_force(home: Path) -> dict:
    return yaml.safe_load((home / "dagster.yaml").read_text())


def base_dirs(content: dict) -> tuple[str, str]:
    return content["storage"]["sqlite"]["base_dir"], content["compute_logs"]["config"]["base_dir"]


def test_plain_dagster_dev_in_the_project_has_the_same_runs_and_limits(project, monkeypatch):
    monkeypatch.chdir(project)
    with open_instance(settings(project)) as ours, get_possibly_temporary_instance_for_cli("dagster dev") as plain:
        run_id = record_run(ours).dagster_run.run_id
        assert plain.get_run_by_id(run_id) is not None
        run_id = record_run(plain).dagster_run.run_id
        assert ours.get_run_by_id(run_id) is not None
        for instance in (ours, plain):
            assert instance.get_concurrency_config().run_queue_config.max_concurrent_runs == 1
            assert not instance.telemetry_enabled
            assert instance.run_monitoring_enabled


def test_the_homes_copy_names_the_home_from_anywhere(project, tmp_path):
    home = prepare(settings(project))
    assert home == project / ".volt" / "dagster"
    assert base_dirs(in_force(home)) == (str(home), str(home / "storage"))


def test_records_follow_the_home_that_the_settings_name(project, tmp_path):
    home = prepare(settings(project, volt_home=str(tmp_path / "elsewhere")))
    assert home == tmp_path / "elsewhere" / "dagster"
    assert base_dirs(in_force(home)) == (str(home), str(home / "storage"))


def test_other_relative_folders_are_the_projects_and_absolute_ones_are_kept(project):
    content = yaml.safe_load((project / "dagster.yaml").read_text())
    content["storage"]["sqlite"]["base_dir"] = "records"
    content["compute_logs"]["config"]["base_dir"] = "/var/log/volt"
    (project / "dagster.yaml").write_text(yaml.safe_dump(content))
    assert base_dirs(in_force(prepare(settings(project)))) == (str(project / "records"), "/var/log/volt")


def test_a_change_of_the_projects_file_reaches_the_home_and_no_change_leaves_the_copy_alone(project):
    home = prepare(settings(project))
    copy = home / "dagster.yaml"
    os.utime(copy, (0, 0))
    prepare(settings(project))
    assert copy.stat().st_mtime == 0
    with (project / "dagster.yaml").open("a") as file:
        file.write("nux:\n  enabled: false\n")
    prepare(settings(project))
    assert in_force(home)["nux"] == {"enabled": False}
    assert [path.name for path in home.iterdir()] == ["dagster.yaml"]


def test_a_home_of_the_users_own_keeps_its_file_and_gets_one_if_it_has_none(project, tmp_path, monkeypatch):
    own = tmp_path / "own"
    monkeypatch.setenv("DAGSTER_HOME", str(own))
    assert prepare(settings(project)) == own
    assert base_dirs(in_force(own)) == (str(own), str(own / "storage"))
    (own / "dagster.yaml").write_text("telemetry:\n  enabled: true\n")
    prepare(settings(project))
    assert in_force(own) == {"telemetry": {"enabled": True}}


def test_a_folder_without_a_project_gets_the_limits_that_come_with_volt(tmp_path, monkeypatch):
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    assert in_force(prepare(settings(tmp_path)))["concurrency"] == {"runs": {"max_concurrent_runs": 1}}


@pytest.mark.parametrize("text", ["storage: [", "storage: {sqlite: {base: here}}", "no_such_key: 1"])
def test_a_file_that_dagster_cannot_use_is_refused_by_name(project, text):
    (project / "dagster.yaml").write_text(text)
    with pytest.raises(BadInput, match="dagster.yaml"), open_instance(settings(project)):
        pass


PROCESSES, HOMES = 4, 5


def open_new_homes(project: Path) -> None:
    try:
        for home in range(HOMES):
            together.wait()
            with open_instance(settings(project, volt_home=str(home))) as instance:
                instance.get_runs()
    except BaseException:
        together.abort()  # the others wait for this process
        raise


def meet(barrier: object) -> None:
    global together
    together = barrier


@pytest.mark.slow
def test_processes_that_open_a_new_home_at_once_all_can(project):
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, context, meet, (context.Barrier(PROCESSES),)) as pool:
        list(pool.map(open_new_homes, [project] * PROCESSES))


def test_a_home_that_cannot_be_made_is_refused_by_name(project, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="Set VOLT_HOME"):
        prepare(settings(project, volt_home=str(tmp_path / "file")))


def test_a_run_in_this_process_prints_to_the_terminal_not_to_files(project):
    with open_instance(settings(project)) as instance:
        assert type(instance.compute_log_manager).__name__ == "NoOpComputeLogManager"
    with dg.DagsterInstance.from_config(str(project / ".volt" / "dagster")) as instance:
        assert type(instance.compute_log_manager).__name__ == "LocalComputeLogManager"


def test_postgres_addresses_mean_the_driver_that_dagster_postgres_brings():
    """It depends on psycopg2 and writes addresses without a driver, for which SQLAlchemy 2.1 wants psycopg."""
    assert make_url("postgresql://dagster@localhost/dagster").get_dialect().driver == "psycopg2"


@pytest.mark.parametrize("damage", ["garbage", "cut in half"])
@pytest.mark.parametrize("name", ["history/runs.db", "schedules/schedules.db"])
def test_a_damaged_database_of_dagster_is_named_with_how_to_set_it_aside(project, name, damage):
    with open_instance(settings(project)) as instance:
        record_run(instance)
    file = project / ".volt" / "dagster" / name
    content = file.read_bytes()
    file.write_bytes(b"garbage " * (len(content) // 8) if damage == "garbage" else content[: len(content) // 2])
    with pytest.raises(BadInput, match="is damaged") as told, open_instance(settings(project)) as instance:
        instance.get_runs()
    assert f"mv {file} {file}.damaged" in told.value.message
    file.rename(f"{file}.damaged")
    for beside in file.parent.glob(f"{file.name}-*"):
        beside.unlink()
    with open_instance(settings(project)) as instance:
        record_run(instance)


def test_a_damaged_log_of_one_run_is_named(project):
    with open_instance(settings(project)) as instance:
        run_id = execute(instance, "tracked_time").dagster_run.run_id
        (project / ".volt" / "dagster" / "history" / "runs" / f"{run_id}.db").write_bytes(b"garbage " * 1000)
    with pytest.raises(BadInput, match=rf"{run_id}.db is damaged"), open_instance(settings(project)) as instance:
        instance.get_run_step_stats(run_id)


def test_what_the_disk_refuses_while_dagster_writes_is_told_with_the_home(project, monkeypatch):
    monkeypatch.setattr(instance, "probe", lambda folder: "No space left on device")
    message = "cannot be written: No space left on device. Make room"
    with pytest.raises(VoltError, match=message) as told, open_instance(settings(project)):
        raise sqlalchemy.exc.OperationalError("INSERT", {}, Exception("disk I/O error"))
    assert (told.value.exit_code, str(project) in told.value.message) == (1, True)


@pytest.mark.parametrize("name", ["a%20b", "what?"])
def test_a_home_that_dagsters_databases_cannot_be_in_is_refused_before_anything_is_made(project, name):
    with pytest.raises(BadInput, match="Set VOLT_HOME"), open_instance(settings(project, volt_home=name)):
        pass
    assert not (project / name).exists()


def test_a_percent_sign_alone_does_no_harm(project):
    with open_instance(settings(project, volt_home="100%")) as instance:
        record_run(instance)
    assert (project / "100%" / "dagster" / "history" / "runs.db").exists()
