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

__version__ = "0.1.0"

__all__ = [
    "Env",
    "EnvironmentNotFound",
    "FaaSFarmError",
    "InvalidAction",
    "ProtocolMismatch",
    "ResetNeeded",
    "ServerTimeout",
    "SessionLost",
]

register()
