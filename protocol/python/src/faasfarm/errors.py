"""What can go wrong, one class for each thing a program can do about it."""

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
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.retryable = retryable
        self.retry_after = retry_after


class ServerTimeout(FaaSFarmError, TimeoutError):
    """The daemon did not answer in time."""


class SessionLost(FaaSFarmError):
    """The daemon does not know the session: its lease ended, or it was started anew. Make the environment again."""


class ProtocolMismatch(FaaSFarmError):
    """Daemon and package speak different versions of the protocol."""


class EnvironmentNotFound(FaaSFarmError, gymnasium.error.NameNotFound):
    """The daemon has no environment of that id."""


class ResetNeeded(FaaSFarmError, gymnasium.error.ResetNeeded):
    """A step before the first reset, or after an episode's end."""


class InvalidAction(FaaSFarmError, gymnasium.error.InvalidAction):
    """Not an element of the action space; nothing was stepped."""


CLASSES = {
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
    reason = pb.ErrorReason.Name(error.reason)
    return CLASSES.get(reason, FaaSFarmError)(
        error.message, pb.ErrorCode.Name(error.code), reason, error.retryable, error.retry_after_ms / 1000
    )
