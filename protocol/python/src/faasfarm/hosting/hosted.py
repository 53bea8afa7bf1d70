"""The environment of a session, or its vector, as the protocol sees it. One thread calls it."""

import secrets
from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from .. import elements, values
from ..v1 import faasfarm_pb2 as pb
from . import replies
from .offer import Offer
from .refusal import Refusal, bad_argument, crash, unsupported

MODES = {
    pb.AUTORESET_MODE_UNSPECIFIED: AutoresetMode.NEXT_STEP,
    pb.NEXT_STEP: AutoresetMode.NEXT_STEP,
    pb.SAME_STEP: AutoresetMode.SAME_STEP,
    pb.DISABLED: AutoresetMode.DISABLED,
}


def refused_action(mismatch: elements.Mismatch) -> Refusal:
    """The refusal of what is no action."""
    message = f"not an action of this environment: {mismatch}; nothing was stepped"
    return Refusal("INVALID_ARGUMENT", mismatch.reason, message, field="action")


class Hosted:
    """One environment. Every call returns the reply, or raises a `Refusal`.

    Attributes:
        action_space: what a step's action is an element of.
        is_over: whether the episode is over; a vector's never is.
    """

    def __init__(self, offer: Offer, make: pb.Make.Request) -> None:
        """Makes it.

        Raises:
            Refusal: it cannot be made so.
        """
        self._offer = offer
        self._render_mode = make.render_mode
        given = offer.arguments(make)
        self._made = pb.Make.Reply(spec=offer.spec, render_mode=make.render_mode, kwargs=offer.in_force(given))
        if make.max_episode_steps:
            own = offer.spec.max_episode_steps or make.max_episode_steps
            self._made.spec.max_episode_steps = min(own, make.max_episode_steps)
        self._open(given, make)

    def _open(self, given: dict[str, Any], make: pb.Make.Request) -> None:
        self._env = self._offer.create(given, make)
        self._seed: int | None = None
        self.is_over = False
        self.action_space = self._env.action_space
        self._describe(self._env.observation_space, self._env.action_space)

    def _describe(self, observation: gymnasium.Space, action: gymnasium.Space) -> None:
        try:
            self._made.single_observation_space.CopyFrom(elements.describe(observation))
            self._made.single_action_space.CopyFrom(elements.describe(action))
        except TypeError as error:
            self.close()
            raise bad_argument("", f"made with these arguments, the environment cannot be served: {error}") from error

    def made(self, session: str) -> pb.Make.Reply:
        """The reply to make."""
        self._made.session_id = session
        return self._made

    def action(self, wire: pb.Value) -> Any:
        """An action of a step.

        Raises:
            Refusal: it is none.
        """
        try:
            return elements.decode(wire, self.action_space)
        except elements.Mismatch as mismatch:
            raise refused_action(mismatch) from mismatch

    def reset(self, request: pb.Reset.Request) -> pb.Reset.Reply:
        """Begins an episode."""
        if len(request.seeds) > 1 or request.reset_mask:
            field = "reset_mask" if request.reset_mask else "seeds"
            raise bad_argument(field, "a single environment takes one seed at most, and no reset_mask")
        seed = replies.seed(request.seeds[0]) if request.seeds else None
        options = _options(request)
        if seed is None and self._seed is None:
            seed = secrets.randbits(64)
        self.is_over = False
        try:
            observation, info = self._env.reset(seed=seed, options=options)
        except Exception as error:
            raise crash("reset", error) from error
        self._seed = self._seed if seed is None else seed
        reply = pb.Reset.Reply(observation=self._encoded(observation), info=replies.info(info))
        reply.np_random_seed.add(words=values.words(self._seed))
        _mask(reply, info)
        return reply

    def step(self, action: Any) -> pb.Step.Reply:
        """One step."""
        try:
            observation, reward, terminated, truncated, info = self._env.step(action)
            reward = float(reward)
        except Exception as error:
            raise crash("step", error) from error
        if not np.isfinite(reward):
            message = f"the environment gave the reward {reward}; its episode is over"
            raise Refusal("INTERNAL", "NON_FINITE_REWARD", message, is_over=True)
        self.is_over = bool(terminated) or bool(truncated)
        reply = pb.Step.Reply(
            observation=self._encoded(observation),
            reward=reward,
            terminated=bool(terminated),
            truncated=bool(truncated),
            info=replies.info(info),
        )
        _mask(reply, info)
        return reply

    def _encoded(self, observation: Any) -> pb.Value:
        try:
            return elements.encode(observation, self._env.observation_space)
        except (TypeError, ValueError, KeyError) as error:
            message = f"the environment gave an observation that is not in its space: {error}"
            raise Refusal("INTERNAL", "OBSERVATION_INVALID", message, is_over=True) from error

    def render(self, request: pb.Render.Request) -> pb.Render.Reply:
        """A picture."""
        reply = pb.Render.Reply()
        for rendered in self._pictures(request):
            replies.picture(rendered, reply)
        return reply

    def _pictures(self, request: pb.Render.Request) -> list[Any]:
        self._check_mode()
        if any(request.indices):
            raise bad_argument("indices", "a single environment is rendered without indices")
        try:
            return [self._env.render()]
        except Exception as error:
            raise Refusal("INTERNAL", "ENV_CRASHED", f"the environment could not be rendered: {error}") from error

    def _check_mode(self) -> None:
        if not self._render_mode:
            raise unsupported("the environment was made without a render_mode; make it with one to render")

    def close(self) -> None:
        """Gives the environment back."""
        self._offer.release(self._env)


class HostedVector(Hosted):
    """Many environments, which Gymnasium's `SyncVectorEnv` steps."""

    def _open(self, given: dict[str, Any], make: pb.Make.Request) -> None:
        if make.autoreset_mode not in MODES:
            raise bad_argument("autoreset_mode", "autoreset_mode is NEXT_STEP, SAME_STEP or DISABLED")
        self._mode = MODES[make.autoreset_mode]
        count = self._count = make.num_envs
        made: list[gymnasium.Env] = []

        def create() -> gymnasium.Env:
            made.append(self._offer.create(given, make))
            return made[-1]

        try:
            self._envs = SyncVectorEnv([create] * count, autoreset_mode=self._mode)
        except Exception as error:
            for env in made:
                env.close()
            if isinstance(error, Refusal):
                raise
            raise bad_argument("", f"a vector of {self._offer.spec.id} cannot be made: {error}") from error
        self._seeds: list[int | None] = [None] * count
        self._ended = np.zeros(count, dtype=bool)
        self._has_begun = False
        self.is_over = False
        self.action_space = self._envs.action_space
        self._made.num_envs = count
        self._made.autoreset_mode = pb.AutoresetMode.Value(self._mode.name)
        self._describe(self._envs.single_observation_space, self._envs.single_action_space)

    def reset(self, request: pb.Reset.Request) -> pb.Reset.Reply:
        """Begins episodes, of all or of those that the mask names."""
        mask = self._chosen(request)
        seeds = self._given(request)
        options = _options(request) or {}
        for index in np.flatnonzero(mask):
            if seeds[index] is None and self._seeds[index] is None:
                seeds[index] = secrets.randbits(64)
        if not mask.all():
            options["reset_mask"] = mask
        try:
            observation, infos = self._envs.reset(seed=seeds, options=options or None)
        except Exception as error:
            raise crash("reset", error) from error
        self._has_begun, self.is_over = True, False
        self._ended &= ~mask
        for index in np.flatnonzero(mask):
            self._seeds[index] = self._seeds[index] if seeds[index] is None else seeds[index]
        reply = pb.Reset.Reply(observation=self._rows(observation), info=replies.batched_info(infos))
        reply.np_random_seed.extend(pb.Seed(words=values.words(seed or 0)) for seed in self._seeds)
        _mask(reply, infos)
        return reply

    def _chosen(self, request: pb.Reset.Request) -> np.ndarray:
        if not request.reset_mask:
            mask = np.ones(self._count, dtype=bool)
        elif len(request.reset_mask) != self._count:
            got = len(request.reset_mask)
            raise bad_argument("reset_mask", f"reset_mask has an entry for each of {self._count}, or none; got {got}")
        else:
            mask = np.array(request.reset_mask, dtype=bool)
        if not mask.any():
            raise bad_argument("reset_mask", "reset_mask chooses no sub-environment")
        if not self._has_begun and not mask.all():
            message = "the first reset is of all sub-environments; leave reset_mask out"
            raise Refusal("FAILED_PRECONDITION", "RESET_NEEDED", message)
        return mask

    def _given(self, request: pb.Reset.Request) -> list[int | None]:
        seeds = [replies.seed(seed) for seed in request.seeds]
        if len(seeds) == 1:
            return [None if seeds[0] is None else seeds[0] + index for index in range(self._count)]
        if seeds and len(seeds) != self._count:
            raise bad_argument("seeds", f"seeds are none, one, or one for each of {self._count}; got {len(seeds)}")
        return seeds or [None] * self._count

    def step(self, action: Any) -> pb.Step.Reply:
        """A step of all of them."""
        if self._mode is AutoresetMode.DISABLED and self._ended.any():
            index = int(np.argmax(self._ended))
            message = f"the episode of sub-environment {index} is over; reset it, with a mask"
            raise Refusal("FAILED_PRECONDITION", "RESET_NEEDED", message, env_index=index)
        try:
            observation, rewards, terminations, truncations, infos = self._envs.step(action)
        except Exception as error:
            raise crash("step", error) from error
        wrong = np.flatnonzero(~np.isfinite(rewards))
        self._ended = terminations | truncations
        if wrong.size:
            index = int(wrong[0])
            message = f"sub-environment {index} gave the reward {rewards[index]}; reset it"
            raise Refusal("INTERNAL", "NON_FINITE_REWARD", message, env_index=index)
        reply = pb.Step.Reply(
            rewards=rewards.tolist(), terminations=terminations.tolist(), truncations=truncations.tolist()
        )
        if "final_obs" in infos:
            self._finals(infos, reply)
        reply.observation.CopyFrom(self._rows(observation))
        reply.info.CopyFrom(replies.batched_info(infos))
        _mask(reply, infos)
        return reply

    def _finals(self, infos: dict[str, Any], reply: pb.Step.Reply) -> None:
        """Takes what finished sub-environments saw last out of the infos."""
        last, mask = infos.pop("final_obs"), infos.pop("_final_obs")
        final_infos, _ = infos.pop("final_info", {}), infos.pop("_final_info", None)
        space = self._envs.single_observation_space
        rows = gymnasium.vector.utils.create_empty_array(space, self._count, fn=np.zeros)
        nothing = _zeros(space)
        filled = tuple(one if has else nothing for one, has in zip(last, mask, strict=True))
        reply.final_obs.CopyFrom(self._rows(gymnasium.vector.utils.concatenate(space, filled, rows)))
        reply.final_mask.extend(mask.tolist())
        reply.final_info.CopyFrom(replies.batched_info(final_infos))

    def _rows(self, observation: Any) -> pb.Value:
        try:
            return elements.encode(observation, self._envs.observation_space)
        except (TypeError, ValueError, KeyError) as error:
            message = f"the environments gave observations that are not in their space: {error}"
            raise Refusal("INTERNAL", "OBSERVATION_INVALID", message, is_over=True) from error

    def _pictures(self, request: pb.Render.Request) -> list[Any]:
        self._check_mode()
        indices = list(request.indices) or range(self._count)
        if any(index >= self._count for index in indices):
            raise bad_argument("indices", f"there are {self._count} sub-environments, got the indices {list(indices)}")
        try:
            return [self._envs.envs[index].render() for index in indices]
        except Exception as error:
            raise Refusal("INTERNAL", "ENV_CRASHED", f"the environments could not be rendered: {error}") from error

    def close(self) -> None:
        """Closes the environments."""
        self._envs.close()


def _options(request: pb.Reset.Request) -> dict[str, Any] | None:
    return {entry.key: replies.argument(entry) for entry in request.options} or None


def _zeros(space: gymnasium.Space) -> Any:
    match space:
        case gymnasium.spaces.Dict():
            return {key: _zeros(part) for key, part in space.spaces.items()}
        case gymnasium.spaces.Tuple():
            return tuple(_zeros(part) for part in space.spaces)
        case gymnasium.spaces.Text():
            return ""
    return np.zeros(space.shape, space.dtype)


def _mask(reply: pb.Reset.Reply | pb.Step.Reply, info: dict[str, Any]) -> None:
    """The mask of actions, which environments give among their infos."""
    mask = info.get("action_mask")
    if isinstance(mask, np.ndarray) and mask.dtype != object and "action_mask" in reply.DESCRIPTOR.fields_by_name:
        reply.action_mask.CopyFrom(values.encode(mask.astype(np.int8)))
