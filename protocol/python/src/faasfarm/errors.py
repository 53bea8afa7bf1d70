"""What can go wrong, one class for each thing a program can do about it."""

from typing import Any

import gymnasium.error

from .v1 import faasfarm_pb2 as pb


class FaaSFarmError(Exception):
    """An error that the daemon answered, or that kept it from answering.

    Attributes:
        code: the protocol's error code, `INVALID_ARGUMENT` for example; empty when there was no answer.
        reason: the finer reason, `ACTION_OUT_OF_SPACE` for example.
        retryable: whether the same call may succeed later.
        retry_after: seconds after which it makes sense to try.
    """

    def __init__(
        self, message: str, code: str = "", reason: str = "", retryable: bool = False, retry_after: float = 0.0
    ) -> None:
        """Takes the attributes as they are."""
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.retryable = retryable
        self.retry_after = retry_after


class ServerTimeout(FaaSFarmError, TimeoutError):
    """The daemon did not answer in time.

    The request may have been executed or not; the next call finds out. Nothing is executed twice.

    Attributes:
        operation: what was asked for, `step` for example.
        endpoint: where.
        waited: for how many seconds.
        hint: what else to look at.
    """

    def __init__(self, operation: str, endpoint: str, waited: float, hint: str = "") -> None:
        """Says what was waited for, and what to look at."""
        super().__init__(
            f"no reply to {operation} from {endpoint} in {waited:.1f} s; is the daemon (faasfarm serve) running there? "
            "A slow one needs a longer timeout=... (seconds)" + (f". {hint}" if hint else ""),
            retryable=True,
        )
        self.operation = operation
        self.endpoint = endpoint
        self.waited = waited
        self.hint = hint

    def __reduce__(self) -> tuple:
        """Pickles, so that it passes from one process to another."""
        return type(self), (self.operation, self.endpoint, self.waited, self.hint)


class SessionLost(FaaSFarmError):
    """The daemon does not know the session: its lease ended, or it was started anew. Make the environment again.

    Also raised in a thread whose call another thread ended by closing the environment.
    """


class RequestTooLong(FaaSFarmError):
    """More bytes than the daemon takes in a message; nothing was sent, and the environment stays as it is."""


class ProtocolMismatch(FaaSFarmError):
    """Daemon and package speak different versions of the protocol."""


class EnvironmentNotFound(FaaSFarmError, gymnasium.error.NameNotFound):
    """The daemon has no environment of that id."""


class ResetNeeded(FaaSFarmError, gymnasium.error.ResetNeeded):
    """A step before the first reset, or after an episode's end."""


class InvalidAction(FaaSFarmError, gymnasium.error.InvalidAction):
    """Not an element of the action space; nothing was stepped."""


CLASSES: dict[str, type[FaaSFarmError]] = {
    "UNKNOWN_ENV_ID": EnvironmentNotFound,
    "RESET_NEEDED": ResetNeeded,
    "ACTION_OUT_OF_SPACE": InvalidAction,
    "ACTION_SHAPE": InvalidAction,
    "ACTION_DTYPE": InvalidAction,
    "UNKNOWN_SESSION": SessionLost,
    "SESSION_EXPIRED": SessionLost,
    "PROTOCOL_VERSION": ProtocolMismatch,
}


def from_wire(error: pb.Error) -> FaaSFarmError:
    """The exception for an error reply."""
    reason = _name(pb.ErrorReason, error.reason)
    return CLASSES.get(reason, FaaSFarmError)(
        error.message, _name(pb.ErrorCode, error.code), reason, error.retryable, error.retry_after_ms / 1000
    )


def _name(enum: Any, number: int) -> str:
    # A newer daemon may know more reasons than this package.
    value = enum.DESCRIPTOR.values_by_number.get(number)
    return value.name if value else str(number)
