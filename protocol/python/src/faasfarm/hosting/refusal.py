"""What a server answers instead of what it was asked for."""

from typing import Any

from ..v1 import faasfarm_pb2 as pb


class Refusal(Exception):
    """An error reply.

    Attributes:
        error: as it is sent.
        is_over: whether the episode is over with it.
    """

    def __init__(self, code: str, reason: str, message: str, is_over: bool = False, **more: Any) -> None:
        """Takes the protocol's names of code and reason.

        Args:
            code: `INVALID_ARGUMENT`, for example.
            reason: `BAD_ARGUMENT`, for example.
            message: for people: what was got, what was expected, what to do.
            is_over: whether the episode is over with it.
            **more: further fields of the protocol's `Error`.
        """
        super().__init__(message)
        self.is_over = is_over
        self.error = pb.Error(code=code, reason=reason, message=message, **more)


def bad_argument(field: str, message: str) -> Refusal:
    """The refusal of an argument."""
    return Refusal("INVALID_ARGUMENT", "BAD_ARGUMENT", message, field=field)


def unsupported(message: str) -> Refusal:
    """The refusal of what this server does not offer."""
    return Refusal("UNIMPLEMENTED", "CAPABILITY_MISSING", message)


def crash(doing: str, error: BaseException) -> Refusal:
    """The reply for an exception that the environment raised."""
    message = f"the environment failed in {doing}: {type(error).__name__}: {error}; reset it, or make it again"
    return Refusal("INTERNAL", "ENV_CRASHED", message, is_over=True)
