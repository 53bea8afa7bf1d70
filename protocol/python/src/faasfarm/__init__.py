"""Gymnasium environments of FaaSFarm: task farms on OpenFaaS, steered over ZeroMQ."""

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
from .served import VERSION as __version__
from .vector import VectorEnv

__all__ = [
    "Env",
    "EnvironmentNotFound",
    "FaaSFarmError",
    "InvalidAction",
    "ProtocolMismatch",
    "ResetNeeded",
    "ServerTimeout",
    "SessionLost",
    "VectorEnv",
    "__version__",
]

register()
