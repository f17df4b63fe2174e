"""Every name that Volt takes from Dagster's private modules (`dagster._...`), with what it is for.

They can move in any release of Dagster. A test imports each, so that an upgrade shows at once which of them
went; where one does, its use is behind its name here. `volt ui` also starts the daemon as `python -m dagster._daemon`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import dagster as dg

# The target of an evaluation: without it, Dagster takes the checks of a range's weeks for out of date.
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluationTargetMaterializationData

# The tags that carry versions: `MaterializeResult` gives all weeks of a range one version, each week needs its own.
from dagster._core.definitions.data_version import CODE_VERSION_TAG, DATA_VERSION_TAG

# What the launcher raises where the code server of a run is gone.
from dagster._core.errors import DagsterUserCodeUnreachableError

# The newest evaluations of a check by week and status, which no public call gives.
from dagster._core.event_api import PartitionKeyFilter

# How far each step of a run came, in one query.
from dagster._core.execution.stats import RunStepKeyStatsSnapshot, StepEventStatus

# An instance of a folder other than DAGSTER_HOME, with settings of its own.
from dagster._core.instance import InstanceRef

# The one hook that Dagster calls in each of its processes before it reads settings: the environment beats `.env`.
from dagster._core.secrets.env_file import get_env_var_dict
from dagster._core.secrets.loader import SecretsLoader
from dagster._core.storage.asset_check_execution_record import (
    COMPLETED_ASSET_CHECK_EXECUTION_RECORD_STATUSES,
    AssetCheckExecutionRecordStatus,
)
from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager

# The tag of a run that a code server executes.
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._serdes import ConfigurableClass, ConfigurableClassData

if TYPE_CHECKING:
    from dagster._core.workspace.context import IWorkspaceProcessContext

__all__ = [
    "CODE_VERSION_TAG",
    "COMPLETED_ASSET_CHECK_EXECUTION_RECORD_STATUSES",
    "DATA_VERSION_TAG",
    "GRPC_INFO_TAG",
    "AssetCheckEvaluationTargetMaterializationData",
    "AssetCheckExecutionRecordStatus",
    "ConfigurableClass",
    "ConfigurableClassData",
    "DagsterUserCodeUnreachableError",
    "InstanceRef",
    "NoOpComputeLogManager",
    "PartitionKeyFilter",
    "RunStepKeyStatsSnapshot",
    "SecretsLoader",
    "StepEventStatus",
    "get_env_var_dict",
    "prepare_server_process",
    "workspace_context",
]


def prepare_server_process() -> None:
    """Logs and signals as Dagster's own webserver has them."""
    from dagster._utils.interrupts import setup_interrupt_handlers
    from dagster._utils.log import configure_loggers

    configure_loggers()
    setup_interrupt_handlers()


@contextmanager
def workspace_context(
    instance: dg.DagsterInstance, options: Mapping[str, object], version: str
) -> Iterator["IWorkspaceProcessContext[Any]"]:
    """The code locations that a command's workspace options name, loaded, for Dagster's webserver to serve."""
    # Here for start-up time: half a second that only the webserver needs.
    from dagster._cli.workspace.cli_target import WorkspaceOpts, workspace_opts_to_load_target
    from dagster._core.workspace.context import WorkspaceProcessContext

    target = workspace_opts_to_load_target(WorkspaceOpts.extract_from_cli_options(dict(options)))
    with WorkspaceProcessContext(instance, target, version) as context:
        yield context
