"""One environment of a daemon as a `gymnasium.Env`."""

from pathlib import Path
from typing import Any

import gymnasium

from . import limits, values
from .served import Served, arguments
from .v1 import faasfarm_pb2 as pb


class Env(Served, gymnasium.Env):
    """An environment that lives in a daemon.

    Example:
        >>> env = gymnasium.make("faasfarm/Farm-v0", endpoint="tcp://127.0.0.1:5555", scenario="demo")  # doctest: +SKIP
    """

    metadata = {"render_modes": ["ansi", "rgb_array"], "render_fps": 8}

    def __init__(
        self,
        env_id: str = "faasfarm/Farm-v0",
        endpoint: str | None = None,
        render_mode: str | None = None,
        max_episode_steps: int | None = None,
        timeout: float = 10.0,
        server_key: str | Path | None = None,
        client_key: str | Path | None = None,
        **own: Any,
    ) -> None:
        """Opens a session.

        Args:
            env_id: the daemon's id of the environment.
            endpoint: where the daemon listens; None starts one as a child of this process.
            render_mode: one that the environment has, "ansi" or "rgb_array" for farms, or None.
            max_episode_steps: shortens the environment's own time limit, in the daemon; None leaves it. The one that
                `gymnasium.make` is given comes to the same.
            timeout: the least seconds after which a call is given up; slow steps and resets get more.
            server_key: the public key of a daemon that has keys: a file that `faasfarm keys` made, or the key itself.
            client_key: this client's secret key, likewise; None draws one, for a daemon that allows any. As text it is
                part of what is pickled and of `spec.kwargs`; a file's name keeps it out of there.
            **own: the environment's own arguments, as the daemon lists them (`scenario`, `observation`, `action`, ...).
                A `scenario` that ends in .yaml or .yml is read here, and its text is sent.

        Raises:
            FaaSFarmError: the daemon refuses, with the reason.
            ServerTimeout: no daemon answers.
            ValueError: no such limit of steps.
        """
        shortest = [given for given in map(limits.checked, (max_episode_steps, limits.of_make(self))) if given]
        named = {
            "env_id": env_id,
            "endpoint": endpoint,
            "render_mode": render_mode,
            "max_episode_steps": min(shortest, default=None),
            "timeout": timeout,
            "server_key": server_key,
            "client_key": client_key,
        }
        self.render_mode = render_mode
        self._episode_seed: int | None = None
        # Written over in each step, which takes less time than making one.
        self._step = pb.Request()
        # Before a daemon is started for it, so that what is wrong with the arguments costs nothing.
        make = pb.Make.Request(
            id=env_id,
            kwargs=arguments(own),
            render_mode=render_mode or "",
            max_episode_steps=named["max_episode_steps"] or 0,
        )
        made = self._serve(named | own, make)
        self.observation_space = values.space(made.single_observation_space)
        self.action_space = values.space(made.single_action_space)
        self.metadata = {"render_modes": list(made.spec.render_modes), "render_fps": made.spec.render_fps or 1}

    @property
    def episode_seed(self) -> int | None:
        """The seed of the episode, also when the daemon drew it; None before the first reset."""
        return self._episode_seed

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
        with self._turns:
            reply = self.session.reset(pb.Request(reset=request)).reset
        if reply.np_random_seed:
            self._episode_seed = values.number(reply.np_random_seed[0].words)
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
        with self._turns:
            session = self.session
            values.action(action, self.action_space, self._step.step.action)
            reply = session.step(self._step).step
        observation = values.element(reply.observation, self.observation_space)
        info = _info(reply.info) if reply.HasField("info") else {}
        return observation, reply.reward, reply.terminated, reply.truncated, info

    def render(self) -> Any:
        """A picture: text (`ansi`), or uint8 of shape (height, width, 3) (`rgb_array`)."""
        if self.render_mode is None:
            return None
        with self._turns:
            reply = self.session.call(pb.Request(render=pb.Render.Request())).render
        return values.array(reply.frames[0]) if reply.frames else reply.text[0]

    def close(self) -> None:
        """Ends the session. Quick and quiet, also when the daemon is gone, or a second time.

        From any thread: a call under way in another one ends with `SessionLost`.
        """
        self._end()


def _info(info: pb.Info) -> dict[str, Any]:
    return {entry.key: values.decode(entry.value) for entry in info.entries}
