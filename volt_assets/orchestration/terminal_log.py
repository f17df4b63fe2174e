"""What a run says in the terminal: its assets' own lines, such as "Retrieved 342 time entries", on stderr.

Dagster's events (steps, materializations, tracebacks) stay out of the terminal, and so do its lines on steps that a
failed one has kept from starting: they stand in the run's log in the UI, and would stand here before the cause.
"""

import logging
import sys

import dagster as dg


class _OwnLines(logging.Formatter):
    """2025-10-11 15:36:45 [INFO] toggl_time_entries: Retrieved 342 time entries"""

    def __init__(self) -> None:
        super().__init__("%(asctime)s [%(levelname)s] %(step)s: %(line)s", "%Y-%m-%d %H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        meta = getattr(record, "dagster_meta", {})
        record.step = meta.get("step_key") or meta.get("job_name") or "volt"
        record.line = meta.get("orig_message") or record.getMessage()
        return super().format(record)


@dg.logger(
    config_schema={"log_level": dg.Field(str, default_value="INFO", is_required=False)},
    description="The assets' own lines, on stderr.",
)
def terminal_logger(init_context: dg.InitLoggerContext) -> logging.Logger:
    """The logger that runs in a terminal use in place of Dagster's console logger."""
    logger = logging.Logger("volt", level=init_context.logger_config["log_level"])
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OwnLines())
    handler.addFilter(_is_own)
    logger.addHandler(handler)
    return logger


def _is_own(record: logging.LogRecord) -> bool:
    """Whether an asset said this. Dagster itself writes of a step that it does not execute, in no event."""
    meta = getattr(record, "dagster_meta", {})
    not_executed = f"Dependencies for step {meta.get('step_key')} "
    return meta.get("dagster_event") is None and not str(meta.get("orig_message")).startswith(not_executed)
