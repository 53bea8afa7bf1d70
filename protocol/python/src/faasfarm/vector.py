"""Many environments of a daemon as one `gymnasium.vector.VectorEnv`, with one message a step."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space

from . import batches, limits, rows, values
from .errors import FaaSFarmError
from .served import Served, arguments
from .v1 import faasfarm_pb2 as pb


class VectorEnv(Served, gymnasium.vector.VectorEnv):
    """`num_envs` environments that live in one session of a daemon and step together.

    Example:
        >>> envs = gymnasium.make_vec("faasfarm/Farm-v0", num_envs=8, scenario="demo")  # doctest: +SKIP
    """

    def __init__(
        self,
        env_id: str = "faasfarm/Farm-v0",
        num_envs: int = 1,
        endpoint: str | None = None,
        autoreset_mode: str | AutoresetMode = AutoresetMode.NEXT_STEP,
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
            num_envs: how many, 1 or more.
            endpoint: where the daemon listens; None starts one as a child of this process.
            autoreset_mode: what happens after a sub-environment's end, as Gymnasium has it; an `AutoresetMode` or its
                value, "SameStep" for example.
            render_mode: one that the environment has, "ansi" or "rgb_array" for farms, or None.
            max_episode_steps: shortens the environment's own time limit; None leaves it.
            timeout: the least seconds after which a call is given up; slow steps and resets get more.
            server_key: the public key of a daemon that has keys: a file that `faasfarm keys` made, or the key itself.
            client_key: this client's secret key, likewise; None draws one, for a daemon that allows any. As text it is
                part of what is pickled and of `spec.kwargs`; a file's name keeps it out of there.
            **own: the environment's own arguments; see `Env`.

        Raises:
            FaaSFarmError: the daemon refuses, with the reason.
            ServerTimeout: no daemon answers.
            ValueError: no such number of environments, autoreset mode or limit of steps.
        """
        if isinstance(num_envs, bool) or not isinstance(num_envs, (int, np.integer)) or not 1 <= num_envs < 1 << 32:
            raise ValueError(f"num_envs must be an integer of at least 1, got {num_envs!r}")
        named = {
            "env_id": env_id,
            "num_envs": int(num_envs),
            "endpoint": endpoint,
            "autoreset_mode": AutoresetMode(autoreset_mode),
            "render_mode": render_mode,
            "max_episode_steps": limits.checked(max_episode_steps),
            "timeout": timeout,
            "server_key": server_key,
            "client_key": client_key,
        }
        self.num_envs = named["num_envs"]
        self.render_mode = render_mode
        # Written over in each step, which takes less time than making one.
        self._step = pb.Request()
        self._ticket = 0
        make = pb.Make.Request(
            id=env_id,
            num_envs=self.num_envs,
            kwargs=arguments(own),
            autoreset_mode=named["autoreset_mode"].name,
            render_mode=render_mode or "",
            max_episode_steps=named["max_episode_steps"] or 0,
        )
        made = self._serve(named | own, make)
        try:
            self._accept(made, make)
        except BaseException:
            self._end()
            raise

    def _accept(self, made: pb.Make.Reply, make: pb.Make.Request) -> None:
        if made.num_envs != self.num_envs or made.autoreset_mode not in (0, make.autoreset_mode):
            raise FaaSFarmError(
                f"the daemon was asked for {self.num_envs} environments in autoreset mode {make.autoreset_mode} "
                f"and made {made.num_envs} in mode {made.autoreset_mode}; is it of another version?"
            )
        # Only now that the daemon has agreed to so many.
        self._seeds: list[int | None] = [None] * self.num_envs
        self._everyone = np.ones(self.num_envs, dtype=np.bool_)
        self.single_observation_space = values.space(made.single_observation_space)
        self.single_action_space = values.space(made.single_action_space)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self.metadata = {
            "render_modes": list(made.spec.render_modes),
            "render_fps": made.spec.render_fps or 1,
            "autoreset_mode": self._constructor["autoreset_mode"],
        }

    @property
    def episode_seeds(self) -> tuple[int | None, ...]:
        """What each sub-environment was last seeded with by `reset`, also when the daemon drew it; None before that."""
        return tuple(self._seeds)

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begins episodes.

        Args:
            seed: an integer s seeds sub-environment i with s + i; a sequence has one for each, where None lets the
                daemon draw it; None draws all of them.
            options: the environment's own, and `reset_mask`, a bool array of shape (num_envs,): the sub-environments
                to reset. The others stay as they are. The dict is not changed.

        Returns:
            The batched observation, of all, and the infos of those that were reset.

        Raises:
            gymnasium.error.Error: no such seed.
            TypeError: `reset_mask` is no bool array.
            ValueError: a number of seeds, or of elements of `reset_mask`, that is not num_envs; or none is True.
            SessionLost: the daemon does not know the session any more.
            ServerTimeout: no answer in time.
        """
        options = dict(options or {})
        mask = options.pop("reset_mask", None)
        request = pb.Reset.Request(seeds=self._wire_seeds(seed), options=values.entries(options))
        if mask is not None:
            request.reset_mask.extend(self._checked(mask).tolist())
        if request.seeds and not isinstance(seed, Sequence | np.ndarray):
            super().reset(seed=int(seed))
        with self._turns:
            reply = self.session.reset(pb.Request(reset=request)).reset
        fresh = self._everyone if mask is None else mask
        infos = batches.infos(reply.info, fresh)
        if reply.HasField("action_mask") and "action_mask" not in infos:
            batches.put(infos, "action_mask", reply.action_mask, fresh.copy())
        if reply.episode_id:
            infos["episode_id"] = self._spread(reply.episode_id, fresh)
            infos["_episode_id"] = fresh.copy()
        for index, drawn in enumerate(self._spread(reply.np_random_seed, fresh)):
            if drawn is not None:
                self._seeds[index] = values.number(drawn.words)
        return self._observation(reply.observation), infos

    def _wire_seeds(self, seed: int | Sequence[int | None] | None) -> list[pb.Seed]:
        if seed is None:
            return []
        if not isinstance(seed, Sequence | np.ndarray) or isinstance(seed, str):
            return [pb.Seed(words=values.words(values.seed(seed)))]
        if len(seed) != self.num_envs:
            raise ValueError(f"expected one seed for each of {self.num_envs} environments, got {len(seed)}")
        return [pb.Seed(none=True) if one is None else pb.Seed(words=values.words(values.seed(one))) for one in seed]

    def _checked(self, mask: Any) -> np.ndarray:
        if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_:
            got = mask.dtype if isinstance(mask, np.ndarray) else type(mask).__name__
            raise TypeError(f"options['reset_mask'] must be a NumPy array of bool, got {got}")
        if mask.shape != (self.num_envs,):
            raise ValueError(f"options['reset_mask'] must have shape ({self.num_envs},), got {mask.shape}")
        if not mask.any():
            raise ValueError("options['reset_mask'] must be True for one environment at least")
        return mask

    def _spread(self, items: Any, fresh: np.ndarray) -> np.ndarray:
        """Items that came for all, or for those that were reset, at their places; None elsewhere."""
        result = np.full(self.num_envs, None, dtype=object)
        places = np.flatnonzero(fresh)
        for item, index in zip(items, range(self.num_envs) if len(items) == self.num_envs else places, strict=False):
            if fresh[index]:
                result[index] = item
        return result

    def step(self, actions: Any) -> tuple[Any, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Takes one action in each sub-environment.

        Args:
            actions: an element of the action space; for discrete actions integers of shape (num_envs,).

        Returns:
            Observations (num_envs, ...), rewards (float64), terminations and truncations (bool), all the caller's own,
            and infos. What happens at an end is up to the autoreset mode, exactly as in Gymnasium's own vectors.

        Raises:
            InvalidAction: no such actions; nothing was stepped.
            ResetNeeded: before the first reset; with autoreset disabled also when one has ended and was not reset.
            SessionLost: the daemon does not know the session any more.
            ServerTimeout: no answer in time; whether the step was taken is not known.
        """
        with self._turns:
            session = self.session
            batches.actions(actions, self.single_action_space, self.action_space, self._step.step.action)
            reply = session.step(self._step, rows.reply)
        return self._read(reply) if type(reply) is rows.Rows else self._taken(reply.step)

    def _read(self, reply: rows.Rows) -> tuple[Any, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """The same as `_taken`, of a reply that was read in place."""
        for name in ("rewards", "terminations", "truncations"):
            if len(getattr(reply, name)) != self.num_envs:
                batches.column(getattr(reply, name), np.float64, self.num_envs, name)
        self._check(reply.observation)
        infos: dict[str, Any] = {}
        if reply.action_mask is not None:
            infos = {"action_mask": reply.action_mask, "_action_mask": self._everyone.copy()}
        return reply.observation, reply.rewards, reply.terminations, reply.truncations, infos

    def send(self, actions: Any) -> None:
        """Begins a step and returns at once; `recv` gives what comes of it. What is computed in between costs no time.

        Raises:
            InvalidAction: no such actions; nothing was stepped.
            ResetNeeded: before the first reset; with autoreset disabled also when one has ended and was not reset.
            FaaSFarmError: the last step was not received yet (`SESSION_BUSY`), or the daemon does not offer this.
            SessionLost: the daemon does not know the session any more.
            ServerTimeout: no answer in time; whether the step was taken is not known.
        """
        with self._turns:
            session = self.session
            request = pb.Request()
            batches.actions(actions, self.single_action_space, self.action_space, request.send.action)
            self._ticket = session.call(request).send.ticket

    def recv(self) -> tuple[Any, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Waits for the step that `send` began, and returns what `step` would have.

        Raises:
            FaaSFarmError: there is no such step.
            ResetNeeded: with autoreset disabled, when a sub-environment's episode was over.
            SessionLost: the daemon does not know the session any more.
            ServerTimeout: no answer in time.
        """
        with self._turns:
            request = pb.Request(recv=pb.Receive.Request(ticket=self._ticket))
            reply = self.session.step(request).recv
        return self._taken(reply)

    def _taken(self, reply: pb.Step.Reply) -> tuple[Any, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        count = self.num_envs
        infos = batches.infos(reply.info, self._everyone) if reply.HasField("info") else {}
        if reply.HasField("action_mask") and "action_mask" not in infos:
            batches.put(infos, "action_mask", reply.action_mask, self._everyone.copy())
        if reply.final_mask:
            infos |= batches.finals(reply, self.observation_space, count)
        return (
            self._observation(reply.observation),
            batches.column(reply.rewards, np.float64, count, "rewards"),
            batches.column(reply.terminations, np.bool_, count, "terminations"),
            batches.column(reply.truncations, np.bool_, count, "truncations"),
            infos,
        )

    def _observation(self, wire: pb.Value) -> Any:
        observation = values.element(wire, self.observation_space)
        self._check(observation)
        return observation

    def _check(self, observation: Any) -> None:
        if isinstance(observation, np.ndarray) and observation.shape != self.observation_space.shape:
            raise FaaSFarmError(
                f"the daemon sent an observation of shape {observation.shape}, expected {self.observation_space.shape}"
            )

    def render(self) -> tuple[Any, ...] | None:
        """A picture of each environment: text (`ansi`), or uint8 of shape (height, width, 3) (`rgb_array`)."""
        if self.render_mode is None:
            return None
        with self._turns:
            reply = self.session.call(pb.Request(render=pb.Render.Request())).render
        return tuple(map(values.array, reply.frames)) if reply.frames else tuple(reply.text)

    def close_extras(self, **_: Any) -> None:
        """Ends the session. Quick and quiet, also when the daemon is gone, and from any thread."""
        self._end()
