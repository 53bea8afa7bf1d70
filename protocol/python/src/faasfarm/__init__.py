"""Gymnasium environments of FaaSFarm: task farms on OpenFaaS, steered over ZeroMQ."""

from .env import VERSION as __version__
from .env import Env
from .errors import (
    EnvironmentNotFound,
    FaaSFarmError,
    InvalidAction,
    ProtocolMismatch,
    ResetNeeded,
    ServerTimeout,
    SessionLost,
)
from .registration import register

__all__ = [
    "Env",
    "EnvironmentNotFound",
    "FaaSFarmError",
    "InvalidAction",
    "ProtocolMismatch",
    "ResetNeeded",
    "ServerTimeout",
    "SessionLost",
    "__version__",
]

register()
