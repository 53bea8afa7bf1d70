"""What a stub daemon serves: one small environment, or a vector of counting ones."""

from typing import Any

import numpy as np
from counting import Counting
from faasfarm import values
from faasfarm.v1 import faasfarm_pb2 as pb
from gymnasium import spaces

LENGTH = 10
"""Steps of an episode of the single environment."""


class Session:
    """The rules for request ids."""

    def __init__(self) -> None:
        self.last = 0
        self.frame = b""
        self.replies: dict[int, pb.Reply] = {}
        self.pending: tuple[float, list[bytes], pb.Request] | None = None

    def refusal(self, number: int, frame: bytes) -> pb.Error | None:
        if number > self.last + 1:
            return error(pb.INVALID_ARGUMENT, pb.REQUEST_GAP, "a gap")
        if number < self.last:
            return error(pb.INVALID_ARGUMENT, pb.STALE_REQUEST, "stale")
        if number == self.last and frame != self.frame:
            return error(pb.INVALID_ARGUMENT, pb.REQUEST_CHANGED, "changed")
        if number > self.last and self.pending:
            return error(pb.FAILED_PRECONDITION, pb.SESSION_BUSY, "busy", retry_after_ms=20)
        return None

    def execute(self, kind: str, request: pb.Request, reply: pb.Reply) -> None:
        raise TypeError(f"{type(self).__name__} answers no {kind}")


class StubSession(Session):
    """One environment. An observation is [steps of the episode, the last action], a reward is the count."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: int | None = None

    def execute(self, kind: str, request: pb.Request, reply: pb.Reply) -> None:
        if kind == "reset":
            self.steps = 0
            reply.reset.observation.CopyFrom(observation(0, 0))
            reply.reset.np_random_seed.extend(request.reset.seeds or [pb.Seed(words=[7])])
            reply.reset.episode_id.append("12")
        elif kind == "step":
            if self.steps is None:
                reply.error.CopyFrom(error(pb.FAILED_PRECONDITION, pb.RESET_NEEDED, "reset first"))
                return
            self.steps += 1
            action = request.step.action.integer
            reply.step.observation.CopyFrom(observation(self.steps, action))
            reply.step.reward = self.steps
            reply.step.truncated = self.steps == LENGTH
            reply.step.info.CopyFrom(information(self.steps))
        elif kind == "render":
            reply.render.text.append(f"step {self.steps}\n")
        else:
            getattr(reply, kind).SetInParent()


class VectorSession(Session):
    """Counting environments that step together, in any autoreset mode, written after Gymnasium's definitions."""

    def __init__(self, make: pb.Make.Request, reply: pb.Make.Reply, mask: np.ndarray | None) -> None:
        super().__init__()
        self.mask = mask
        arguments = {entry.key: values.decode(entry.value) for entry in make.kwargs}
        self.envs = [Counting(**arguments) for _ in range(make.num_envs)]
        self.count = make.num_envs
        self.mode = make.autoreset_mode
        self.ended = np.zeros(self.count, dtype=bool)
        self.observations: list[Any] = []
        reply.num_envs = make.num_envs
        reply.autoreset_mode = make.autoreset_mode
        reply.single_observation_space.CopyFrom(described(self.envs[0].observation_space))
        reply.single_action_space.CopyFrom(described(self.envs[0].action_space))

    def execute(self, kind: str, request: pb.Request, reply: pb.Reply) -> None:
        if kind == "reset":
            self.reset(request.reset, reply.reset)
        elif kind == "step":
            mistake = self.step(request.step, reply.step)
            if mistake is not None:
                reply.error.CopyFrom(mistake)
        elif kind == "render":
            reply.render.text.extend(f"step {env.steps}\n" for env in self.envs)
        else:
            getattr(reply, kind).SetInParent()

    def reset(self, request: pb.Reset.Request, reply: pb.Reset.Reply) -> None:
        mask = list(request.reset_mask) or [True] * self.count
        seeds = [None if seed.none else values.number(seed.words) for seed in request.seeds] or [None] * self.count
        if len(seeds) != self.count:
            seeds = [seeds[0] + index for index in range(self.count)]
        options = {entry.key: values.decode(entry.value) for entry in request.options} or None
        infos: list[dict[str, Any] | None] = [None] * self.count
        self.observations = self.observations or [None] * self.count
        for index, env in enumerate(self.envs):
            if mask[index]:
                self.observations[index], infos[index] = env.reset(seed=seeds[index], options=options)
                self.ended[index] = False
        reply.observation.CopyFrom(batched(self.observations))
        reply.info.CopyFrom(information_of(infos))
        reply.np_random_seed.extend(pb.Seed(words=values.words(env.np_random_seed)) for env in self.envs)

    def step(self, request: pb.Step.Request, reply: pb.Step.Reply) -> pb.Error | None:
        if not self.observations or (self.mode == pb.DISABLED and self.ended.any()):
            return error(pb.FAILED_PRECONDITION, pb.RESET_NEEDED, "reset first")
        assert request.action.array.dtype == pb.INT64
        rewards, terminations, truncations = np.zeros(self.count), self.ended & False, self.ended & False
        infos: list[dict[str, Any] | None] = [None] * self.count
        last: list[Any] = list(self.observations)
        last_infos: list[dict[str, Any] | None] = [None] * self.count
        for index, action in enumerate(values.array(request.action.array)):
            env = self.envs[index]
            if self.mode == pb.NEXT_STEP and self.ended[index]:
                self.observations[index], infos[index] = env.reset()
                continue
            observation, rewards[index], terminations[index], truncations[index], infos[index] = env.step(action)
            self.observations[index] = observation
            if self.mode == pb.SAME_STEP and (terminations[index] or truncations[index]):
                last[index], last_infos[index] = observation, infos[index]
                self.observations[index], infos[index] = env.reset()
        self.ended = terminations | truncations
        reply.observation.CopyFrom(batched(self.observations))
        reply.rewards.extend(rewards)
        reply.terminations.extend(terminations.tolist())
        reply.truncations.extend(truncations.tolist())
        reply.info.CopyFrom(information_of(infos))
        if self.mask is not None:
            reply.action_mask.CopyFrom(values.encode(self.mask))
        if self.mode == pb.SAME_STEP and self.ended.any():
            reply.final_mask.extend(self.ended.tolist())
            reply.final_obs.CopyFrom(batched(last))
            reply.final_info.CopyFrom(information_of(last_infos))
        return None


def batched(observations: list[Any]) -> pb.Value:
    """One array of all observations, or a dict of them."""
    if isinstance(observations[0], dict):
        parts = {key: batched([observation[key] for observation in observations]) for key in observations[0]}
        return pb.Value(dict=pb.DictValue(entries=[pb.Entry(key=key, value=parts[key]) for key in sorted(parts)]))
    return values.encode(np.stack(observations))


def information_of(infos: list[dict[str, Any] | None]) -> pb.Info:
    """The infos of sub-environments, batched; None: it has none. A mask is left out where all have the key."""
    info = pb.Info()
    for key in sorted({key for one in infos if one is not None for key in one}):
        mask = [one is not None and key in one for one in infos]
        value = column([one[key] if has else None for one, has in zip(infos, mask, strict=True)])
        info.entries.add(key=key, value=value, mask=[] if all(mask) else mask)
    return info


def column(items: list[Any]) -> pb.Value:
    """A key's values, None where it is not there."""
    first = next(item for item in items if item is not None)
    if isinstance(first, dict):
        outer = [item is not None for item in items]
        entries = []
        for key in sorted({key for item in items if item is not None for key in item}):
            part = [None if item is None else item.get(key) for item in items]
            entries.append(pb.Entry(key=key, value=column(part)))
            inner = [item is not None for item in part]
            if inner != outer:
                entries.append(pb.Entry(key=f"_{key}", value=values.encode(np.array(inner))))
        return pb.Value(dict=pb.DictValue(entries=sorted(entries, key=lambda entry: entry.key)))
    if isinstance(first, (str, tuple)):
        return values.encode([item or "" for item in items])
    missing = np.zeros_like(first)
    return values.encode(np.stack([missing if item is None else item for item in items]))


def described(space: spaces.Space) -> pb.Space:
    """A space for the wire."""
    if isinstance(space, spaces.Dict):
        entries = [pb.SpaceEntry(key=key, space=described(part)) for key, part in space.spaces.items()]
        return pb.Space(dict=pb.DictSpace(entries=entries))
    if isinstance(space, spaces.Discrete):
        return pb.Space(discrete=pb.DiscreteSpace(n=int(space.n), start=int(space.start), dtype=pb.INT64))
    box = pb.BoxSpace(dtype=pb.FLOAT32, shape=space.shape, low=space.low.ravel(), high=space.high.ravel())
    return pb.Space(box=box)


def error(code: int, reason: int, message: str, retry_after_ms: int = 0) -> pb.Error:
    return pb.Error(
        code=code, reason=reason, message=message, retryable=retry_after_ms > 0, retry_after_ms=retry_after_ms
    )


def observation(steps: int, action: int) -> pb.Value:
    data = np.array([steps, action], dtype="<f4").tobytes()
    return pb.Value(array=pb.Array(dtype=pb.FLOAT32, shape=[2], data=data))


def information(steps: int) -> pb.Info:
    mask = pb.Value(array=pb.Array(dtype=pb.INT8, shape=[5], data=bytes([1, 1, 1, 1, 1])))
    terms = pb.DictValue(entries=[pb.Entry(key="miss", value=pb.Value(number=-0.5))])
    values = {
        "action_mask": mask,
        "late": pb.Value(boolean=False),
        "note": pb.Value(text="so"),
        "steps": pb.Value(integer=steps),
        "terms": pb.Value(dict=terms),
    }
    return pb.Info(entries=[pb.InfoEntry(key=key, value=value) for key, value in values.items()])


def made(session: str, make: pb.Make.Request) -> pb.Make.Reply:
    reply = pb.Make.Reply(session_id=session, expected_step_s=0.01, expected_reset_s=0.01, kwargs=make.kwargs)
    reply.spec.id = make.id
    reply.spec.render_modes.append("ansi")
    reply.spec.render_fps = 1
    box = reply.single_observation_space.box
    box.dtype = pb.FLOAT32
    box.shape.append(2)
    box.low.append(0)
    box.high.append(100)
    reply.single_action_space.discrete.n = 5
    return reply
