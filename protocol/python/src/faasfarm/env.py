"""One environment of a daemon as a `gymnasium.Env`."""

import contextlib
import dataclasses
import os
import uuid
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from . import daemon, values
from .connection import Connection
from .errors import FaaSFarmError, InvalidAction
from .v1 import faasfarm_pb2 as pb


class Env(gymnasium.Env):
    """An environment that lives in a daemon.

    Example:
        >>> env = gymnasium.make("faasfarm/Farm-v0", endpoint="tcp://127.0.0.1:5555", scenario="demo")  # doctest: +SKIP
    """

    metadata = {"render_modes": ["ansi"], "render_fps": 1}

    def __init__(
        self,
        env_id: str = "faasfarm/Farm-v0",
        endpoint: str | None = None,
        render_mode: str | None = None,
        timeout: float = 10.0,
        **arguments: Any,
    ) -> None:
        """Opens a session.

        Args:
            env_id: the daemon's id of the environment.
            endpoint: where the daemon listens; None starts one as a child of this process.
            render_mode: "ansi" or None.
            timeout: seconds that a call may take beyond what the daemon says it takes.
            **arguments: the environment's own, as the daemon lists them (`scenario`, `observation`, `action`, ...).
                A `scenario` that ends in .yaml or .yml is read here, and its text is sent.

        Raises:
            FaaSFarmError: the daemon refuses, with the reason.
            ServerTimeout: no daemon answers.
        """
        named = {"env_id": env_id, "endpoint": endpoint, "render_mode": render_mode, "timeout": timeout}
        self._constructor = named | arguments
        self.closed = True
        self._timeout = timeout
        self._request_id = 0
        self._connection = Connection(endpoint or daemon.endpoint())
        self._pid = os.getpid()
        hello = pb.Hello.Request(client_name="faasfarm-python", client_version="0.1.0")
        hello.protocol_min.major = hello.protocol_max.major = 1
        self._connection.request(pb.Request(hello=hello), timeout)
        make = pb.Make.Request(id=env_id, kwargs=values.entries(_read(arguments)), render_mode=render_mode or "")
        reply = self._connection.request(pb.Request(make=make, nonce=uuid.uuid4().bytes), timeout + 30).make
        self._session = reply.session_id
        self.closed = False
        self._server_spec = reply.spec
        self._step_timeout = timeout + 3 * reply.expected_step_s
        self._reset_timeout = timeout + 30 + 3 * reply.expected_reset_s
        self.observation_space = values.space(reply.single_observation_space)
        self.action_space = values.space(reply.single_action_space)
        self.render_mode = render_mode
        self.metadata = {"render_modes": list(reply.spec.render_modes), "render_fps": reply.spec.render_fps or 1}

    @property
    def spec(self) -> Any:
        """Gymnasium's spec; whether the environment is deterministic is what the daemon says of it."""
        return self.__dict__.get("_spec")

    @spec.setter
    def spec(self, spec: Any) -> None:
        if spec is not None:
            spec = dataclasses.replace(spec, nondeterministic=self._server_spec.nondeterministic)
        self._spec = spec

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begins an episode.

        Args:
            seed: a non-negative integer of any size; None draws one, which `info["seed"]` does not repeat.
            options: the environment's own.
        """
        if seed is not None:
            seed = _seed(seed)
        super().reset(seed=seed)
        request = pb.Reset.Request(options=values.entries(options or {}))
        if seed is not None:
            request.seeds.add(words=[seed >> shift & 0xFFFFFFFF for shift in range(0, max(seed.bit_length(), 1), 32)])
        reply = self._call(pb.Request(reset=request), self._reset_timeout).reset
        info = _info(reply.info)
        if reply.episode_id:
            info["episode_id"] = reply.episode_id[0]
        return values.element(reply.observation, self.observation_space), info

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Takes `action`, an element of the action space.

        Raises:
            InvalidAction: it is none; nothing was stepped.
            ResetNeeded: before the first reset, or after the episode's end.
        """
        wire = values.encode(_integer(action) if isinstance(self.action_space, spaces.Discrete) else action)
        reply = self._call(pb.Request(step=pb.Step.Request(action=wire)), self._step_timeout).step
        observation = values.element(reply.observation, self.observation_space)
        return observation, reply.reward, reply.terminated, reply.truncated, _info(reply.info)

    def render(self) -> Any:
        """A text picture of the farm (`ansi`)."""
        if self.render_mode is None:
            return None
        reply = self._call(pb.Request(render=pb.Render.Request()), self._timeout).render
        return values.array(reply.frames[0]) if reply.frames else reply.text[0]

    def close(self) -> None:
        """Ends the session. Quick and quiet, also when the daemon is gone, or a second time."""
        if self.closed:
            return
        self.closed = True
        if self._pid == os.getpid():
            with contextlib.suppress(FaaSFarmError):
                self._call(pb.Request(close=pb.Close.Request()), 2.0)
        self._connection.disconnect()

    def _call(self, request: pb.Request, deadline: float) -> pb.Reply:
        self._request_id += 1
        request.request_id = self._request_id
        request.session_id = self._session
        return self._connection.request(request, deadline)

    def __reduce__(self) -> tuple:
        """Pickles as its arguments: the copy opens a session of its own."""
        return _rebuild, (self._constructor,)

    def __deepcopy__(self, memo: dict) -> "Env":
        return _rebuild(self._constructor)

    def __del__(self) -> None:
        if not getattr(self, "closed", True):
            # The interpreter may be ending, and half of it gone.
            with contextlib.suppress(Exception):
                self.close()


def _rebuild(constructor: dict[str, Any]) -> Env:
    return Env(**constructor)


def _read(arguments: dict[str, Any]) -> dict[str, Any]:
    scenario = arguments.get("scenario")
    if isinstance(scenario, Path) or (isinstance(scenario, str) and scenario.endswith((".yaml", ".yml"))):
        return arguments | {"scenario": Path(scenario).read_text()}
    return arguments


def _seed(seed: Any) -> int:
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise gymnasium.error.Error(f"a seed must be a non-negative integer, got {seed!r}")
    return int(seed)


def _integer(action: Any) -> int:
    array = np.asarray(action) if isinstance(action, (int, np.integer, np.ndarray)) else None
    if isinstance(action, (bool, np.bool_)) or array is None or array.shape != () or array.dtype.kind not in "iu":
        raise InvalidAction(f"expected an integer, got {action!r} of type {type(action).__name__}; nothing was stepped")
    return int(array)


def _info(info: pb.Info) -> dict[str, Any]:
    return {entry.key: values.decode(entry.value) for entry in info.entries}
