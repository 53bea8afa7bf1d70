"""Serving Python environments by the same protocol, so that any agent that speaks it can train on them.

Example:
    >>> with faasfarm.host("CartPole-v1", endpoint="tcp://127.0.0.1:0") as server:  # doctest: +SKIP
    ...     env = faasfarm.Env("CartPole-v1", endpoint=server.endpoint)
"""

from .host import Host, host

__all__ = ["Host", "host"]
