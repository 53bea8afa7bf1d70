"""One environment of a daemon as a `gymnasium.Env`."""

import contextlib
import copy
import dataclasses
from pathlib import Path
from typing import Any

import gymnasium

from . import daemon, values
from .connection import Connection
from .errors import SessionLost
from .session import Session
from .v1 import faasfarm_pb2 as pb

VERSION = "0.1.0"

CONNECTION_ARGUMENTS = ("env_id", "endpoint", "render_mode", "timeout")
"""Arguments that are not the daemon's environment's."""


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
            timeout: the least seconds after which a call is given up; slow steps and resets get more.
            **arguments: the environment's own, as the daemon lists them (`scenario`, `observation`, `action`, ...).
                A `scenario` that ends in .yaml or .yml is read here, and its text is sent.

        Raises:
            FaaSFarmError: the daemon refuses, with the reason.
            ServerTimeout: no daemon answers.
        """
        named = {"env_id": env_id, "endpoint": endpoint, "render_mode": render_mode, "timeout": timeout}
        self._constructor = named | arguments
        self._session: Session | None = None
        self._own_daemon: str | None = None
        self._episode_seed: int | None = None
        self.render_mode = render_mode
        self._open()

    def _open(self) -> None:
        given = self._constructor
        arguments = {name: value for name, value in given.items() if name not in CONNECTION_ARGUMENTS}
        # Before a daemon is started for it, so that what is wrong with the arguments costs nothing.
        make = pb.Make.Request(
            id=given["env_id"], kwargs=values.entries(_read(arguments)), render_mode=given["render_mode"] or ""
        )
        endpoint = given["endpoint"]
        if endpoint is None:
            endpoint = self._own_daemon = daemon.acquire()
        try:
            self._session = Session(Connection(endpoint), make, given["timeout"], VERSION)
        except BaseException:
            self._release()
            raise
        made = self._session.made
        self.observation_space = values.space(made.single_observation_space)
        self.action_space = values.space(made.single_action_space)
        self.metadata = {"render_modes": list(made.spec.render_modes), "render_fps": made.spec.render_fps or 1}

    @property
    def session(self) -> Session:
        """The session in the daemon. A fork of this process gets one of its own, which needs a reset."""
        if self._session is None:
            raise SessionLost("the environment is closed; make it again", reason="UNKNOWN_SESSION")
        if self._session.is_foreign:
            self._open()
        return self._session

    @property
    def episode_seed(self) -> int | None:
        """The seed of the episode, also when the daemon drew it; None before the first reset."""
        return self._episode_seed

    @property
    def spec(self) -> Any:
        """Gymnasium's spec; whether the environment is deterministic is what the daemon says of it."""
        return self.__dict__.get("_spec")

    @spec.setter
    def spec(self, spec: Any) -> None:
        if spec is not None:
            spec = dataclasses.replace(spec, nondeterministic=self.session.made.spec.nondeterministic)
        self._spec = spec

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begins an episode.

        Args:
            seed: a non-negative integer of any size; None lets the daemon draw one, see `episode_seed`.
            options: the environment's own.

        Returns:
            The first observation, and info, with `episode_id` when the daemon records.

        Raises:
            gymnasium.error.Error: no such seed.
            SessionLost: the daemon does not know the session any more.
            ServerTimeout: no answer in time.
        """
        if seed is not None:
            seed = values.seed(seed)
        super().reset(seed=seed)
        request = pb.Reset.Request(options=values.entries(options or {}))
        if seed is not None:
            request.seeds.add(words=values.words(seed))
        reply = self.session.reset(pb.Request(reset=request)).reset
        if reply.np_random_seed:
            number = reply.np_random_seed[0]
            self._episode_seed = sum(word << 32 * place for place, word in enumerate(number.words))
        info = _info(reply.info)
        if reply.episode_id:
            info["episode_id"] = reply.episode_id[0]
        return values.element(reply.observation, self.observation_space), info

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Takes `action`, an element of the action space.

        Raises:
            InvalidAction: it is none; nothing was stepped.
            ResetNeeded: before the first reset, or after the episode's end.
            SessionLost: the daemon does not know the session any more.
            ServerTimeout: no answer in time; whether the step was taken is not known.
        """
        session = self.session
        wire = values.action(action, self.action_space)
        reply = session.step(pb.Request(step=pb.Step.Request(action=wire))).step
        observation = values.element(reply.observation, self.observation_space)
        return observation, reply.reward, reply.terminated, reply.truncated, _info(reply.info)

    def render(self) -> Any:
        """A text picture of the farm (`ansi`)."""
        if self.render_mode is None:
            return None
        reply = self.session.call(pb.Request(render=pb.Render.Request())).render
        return values.array(reply.frames[0]) if reply.frames else reply.text[0]

    def close(self) -> None:
        """Ends the session. Quick and quiet, also when the daemon is gone, or a second time."""
        session, self._session = self._session, None
        try:
            if session is not None:
                session.close()
        finally:
            self._release()

    def _release(self) -> None:
        endpoint, self._own_daemon = self._own_daemon, None
        if endpoint is not None:
            daemon.release(endpoint)

    def __reduce__(self) -> tuple:
        """Pickles as its arguments: the copy opens a session of its own."""
        return _rebuild, (self._constructor, self.spec)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Env":
        """A copy opens a session of its own, and is to be reset."""
        return _rebuild(copy.deepcopy(self._constructor, memo), copy.deepcopy(self.spec, memo))

    def __del__(self) -> None:
        """Ends the session without waiting for it."""
        # The interpreter may be ending, and half of it gone.
        with contextlib.suppress(Exception):
            session, self._session = self._session, None
            if session is not None:
                session.close(patience=0)
            self._release()


def _rebuild(constructor: dict[str, Any], spec: Any) -> Env:
    env = Env(**constructor)
    env.spec = spec
    return env


def _read(arguments: dict[str, Any]) -> dict[str, Any]:
    scenario = arguments.get("scenario")
    if isinstance(scenario, Path) or (isinstance(scenario, str) and scenario.endswith((".yaml", ".yml"))):
        return arguments | {"scenario": Path(scenario).read_text(encoding="utf-8")}
    return arguments


def _info(info: pb.Info) -> dict[str, Any]:
    return {entry.key: values.decode(entry.value) for entry in info.entries}
