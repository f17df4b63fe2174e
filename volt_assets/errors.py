"""The errors that people see: what happened, to which week or file, and what to do.

Every error that Volt raises on purpose is a `VoltError`; its class decides the exit code of the command line and its
`code` is the stable word in `--json`. Messages never hold a secret.
"""


class VoltError(Exception):
    """Base of all errors with a message for people. `exit_code` is the command's exit code, `code` the word in JSON."""

    exit_code = 1
    code = "failed"

    def __init__(self, message: str, *, code: str | None = None):
        super().__init__(message)
        self.message = message
        if code:
            self.code = code


class BadInput(VoltError):
    """A request of the user, or a setting, is wrong: nothing was stored. Exit code 2."""

    exit_code = 2
    code = "bad_input"


class TryLater(VoltError):
    """Nothing is wrong, but not now (a used-up quota, a busy warehouse). Exit code 4."""

    exit_code = 4
    code = "try_later"


class WarehouseBusy(TryLater):
    """Another process has had the DuckDB file open for longer than VOLT_LOCK_WAIT."""

    code = "warehouse_busy"


class ServiceError(VoltError):
    """A service answered with something that stops the work, or not at all. `service` is "Toggl" or "Fibery".

    `service_message` is the service's own error message, where it has a form that is known to hold nothing personal.
    """

    code = "service_failed"

    def __init__(self, service: str, message: str, *, status: int | None = None, service_message: str | None = None):
        super().__init__(f"{service}: {message}")
        self.service = service
        self.status = status
        self.service_message = service_message


class ServiceUnreachable(ServiceError):
    """No usable answer after all retries (network, timeouts, 429, 5xx), in short for `reason`. Exit code 1."""

    code = "service_unreachable"

    def __init__(self, service: str, message: str, *, status: int | None = None, reason: str | None = None):
        super().__init__(service, message, status=status)
        self.reason = reason


class NotConnected(ServiceUnreachable):
    """No connection could be made, so nothing else that is sent there will be answered either."""


class TimedOut(ServiceUnreachable):
    """The service took the request and did not answer within the time limit."""


class ServiceRefused(ServiceError, BadInput):
    """The service refuses this token or workspace, or does not know what is requested, and always will. Exit code 2."""

    exit_code = 2
    code = "refused"


class QuotaExhausted(ServiceError, TryLater):
    """The hourly quota is used up; `resets_in_seconds` says for how long, where the service said so. Exit code 4."""

    exit_code = 4
    code = "quota_exhausted"

    def __init__(self, service: str, message: str, *, resets_in_seconds: int | None = None):
        super().__init__(service, message, status=402)
        self.resets_in_seconds = resets_in_seconds


class UnexpectedAnswer(ServiceError):
    """The service's answer is not what its API promises (not JSON, cut off, a page missing). Exit code 1."""

    code = "unexpected_answer"


def error_of_failed_run(code: str, message: str) -> VoltError:
    """The error of a run that failed, made of what its record keeps.

    Exit code 4 where the same run can succeed later, else 1: a run that was made and failed is no bad input.
    """
    kind = TryLater if code in {TryLater.code, WarehouseBusy.code, QuotaExhausted.code} else VoltError
    return kind(message, code=code)
