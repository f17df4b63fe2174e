"""What a run says in the terminal: its assets' own lines, such as "Retrieved 342 time entries", on stderr.

Dagster's events (steps, materializations, tracebacks) stay out of the terminal: they stand in the run's log in the UI.
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
    handler.addFilter(lambda record: getattr(record, "dagster_meta", {}).get("dagster_event") is None)
    logger.addHandler(handler)
    return logger
