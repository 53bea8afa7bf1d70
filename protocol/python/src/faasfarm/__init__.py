"""Gymnasium environments of FaaSFarm: task farms on OpenFaaS, steered over ZeroMQ."""

from . import sb3
from .env import Env
from .errors import (
    EnvironmentNotFound,
    FaaSFarmError,
    InvalidAction,
    ProtocolMismatch,
    RequestTooLong,
    ResetNeeded,
    ServerTimeout,
    SessionLost,
)
from .hosting import Host, host
from .registration import register
from .served import VERSION as __version__
from .vector import VectorEnv

__all__ = [
    "Env",
    "EnvironmentNotFound",
    "FaaSFarmError",
    "Host",
    "InvalidAction",
    "ProtocolMismatch",
    "RequestTooLong",
    "ResetNeeded",
    "ServerTimeout",
    "SessionLost",
    "VectorEnv",
    "__version__",
    "host",
    "sb3",
]

register()
