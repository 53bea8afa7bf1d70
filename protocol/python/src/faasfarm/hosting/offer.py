"""An environment that is offered under an id: its arguments, and how it is made."""

import inspect
import threading
from collections.abc import Callable
from typing import Any

import gymnasium
from gymnasium.envs.registration import load_env_creator

from .. import elements, values
from ..errors import FaaSFarmError
from ..v1 import faasfarm_pb2 as pb
from .refusal import Refusal, bad_argument, unsupported
from .replies import argument as argument_of

MODES = ("rgb_array", "ansi")
"""Render modes that have a form on the wire."""

_RESERVED = {"render_mode", "max_episode_steps", "num_envs", "autoreset_mode", "self", "env_id"}
"""Parameters that are no arguments of the environment."""


class Offer:
    """What `list_envs` tells of an environment, and what `make` makes.

    Attributes:
        spec: as it is sent.
    """

    def __init__(self, given: gymnasium.Env | str | Callable[..., gymnasium.Env], env_id: str | None = None) -> None:
        """Makes the environment once, so that what is wrong with it is known at the start.

        Args:
            given: an environment, which is lent to one session at a time; or what makes one: an id of Gymnasium's
                registry, a class, a function. Its keyword parameters are the environment's arguments.
            env_id: under which id it is offered; None: its own, or `python/NAME-v0`.

        Raises:
            FaaSFarmError: it cannot be made, or its spaces or arguments have no form on the wire.
        """
        self._lent = threading.Lock() if isinstance(given, gymnasium.Env) else None
        self._given = given
        self._registered: Any = None
        if isinstance(given, str):
            self._registered = _specification(given)
        elif self._lent is None and not callable(given):
            raise FaaSFarmError(f"expected an environment, an id or what makes one, got {type(given).__name__}")
        self._takes_any = False
        self._parameters = self._inspect()
        try:
            first = given if self._lent else self._create({}, None)
        except Exception as error:
            raise FaaSFarmError(f"the environment cannot be made: {type(error).__name__}: {error}") from error
        if not isinstance(first, gymnasium.Env):
            raise FaaSFarmError(f"{given!r} made a {type(first).__name__}, expected a gymnasium.Env")
        try:
            for space in (first.observation_space, first.action_space):
                elements.describe(space)
            self.spec = self._described(first, env_id)
        except TypeError as error:
            raise FaaSFarmError(f"the environment cannot be served: {error}") from error
        finally:
            if not self._lent:
                first.close()

    def _inspect(self) -> dict[str, Any]:
        """The environment's own arguments, with their defaults."""
        made_by = self._given
        if self._lent:
            return {}
        if self._registered is not None:
            made_by = load_env_creator(self._registered.entry_point)
        parameters: dict[str, Any] = {}
        try:
            signature = inspect.signature(made_by)
        except ValueError:
            # Python does not know the parameters of what is written in C.
            signature = inspect.Signature()
        for name, parameter in signature.parameters.items():
            if parameter.kind is inspect.Parameter.VAR_KEYWORD:
                self._takes_any = True
            elif parameter.kind not in (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.VAR_POSITIONAL):
                parameters[name] = None if parameter.default is inspect.Parameter.empty else parameter.default
        if self._registered is not None:
            parameters |= self._registered.kwargs
        self._renders = "render_mode" in parameters or self._takes_any or self._registered is not None
        return {name: default for name, default in parameters.items() if name not in _RESERVED}

    def _described(self, first: gymnasium.Env, env_id: str | None) -> pb.EnvSpec:
        own = first.spec
        # A lent environment has the render mode that it was made with.
        offered = [first.render_mode] if self._lent else first.metadata.get("render_modes", [])
        modes = [mode for mode in offered if mode in MODES and (self._lent or self._renders)]
        if self._registered is not None:
            modes = [mode for mode in modes if self._can_render(mode)]
        name = type(first.unwrapped).__name__
        spec = pb.EnvSpec(
            id=env_id or (own.id if own is not None else f"python/{name}-v0"),
            nondeterministic=own is not None and own.nondeterministic,
            max_episode_steps=(own.max_episode_steps or 0) if own is not None else 0,
            render_modes=modes,
            render_fps=first.metadata.get("render_fps") or 0,
            description=(inspect.getdoc(type(first.unwrapped)) or name).partition("\n")[0],
        )
        if own is not None and own.reward_threshold is not None:
            spec.reward_threshold = own.reward_threshold
        for argument in sorted(self._parameters):
            # What has no form on the wire, None above all, is taken and not listed.
            if (value := encoded(self._parameters[argument])) is not None:
                spec.arguments.add(name=argument, default_value=value)
        return spec

    def _can_render(self, mode: str) -> bool:
        """Whether it does, here: pictures need packages that may not be installed."""
        env = None
        try:
            env = self._create({}, mode)
            env.reset()
            return env.render() is not None
        except Exception:
            return False
        finally:
            if env is not None:
                env.close()

    def arguments(self, make: pb.Make.Request) -> dict[str, Any]:
        """The arguments of a make, checked.

        Raises:
            Refusal: an argument or a render mode that the environment does not have; or a lent environment's vector.
        """
        known = [argument.name for argument in self.spec.arguments]
        given: dict[str, Any] = {}
        for entry in make.kwargs:
            if entry.key in given:
                raise bad_argument(entry.key, f'the argument "{entry.key}" comes twice')
            if entry.key not in self._parameters and (not self._takes_any or entry.key in _RESERVED):
                has = f"it has: {', '.join(known)}" if known else "it has none"
                raise bad_argument(entry.key, f'{self.spec.id} has no argument "{entry.key}"; {has}')
            given[entry.key] = argument_of(entry)
        if make.render_mode and make.render_mode not in self.spec.render_modes:
            has = ", ".join(self.spec.render_modes) or "none"
            raise bad_argument("render_mode", f'{self.spec.id} has no render mode "{make.render_mode}"; it has: {has}')
        if self._lent and make.HasField("num_envs"):
            raise unsupported(
                f"there are no vectors of {self.spec.id}, which is one environment: host what makes it to have more"
            )
        return given

    def in_force(self, given: dict[str, Any]) -> list[pb.Entry]:
        """The arguments after defaults were applied, sorted, as far as they have a form on the wire."""
        entries = []
        for name, value in sorted((self._parameters | given).items()):
            if (wire := encoded(value)) is not None:
                entries.append(pb.Entry(key=name, value=wire))
        return entries

    def create(self, given: dict[str, Any], make: pb.Make.Request) -> gymnasium.Env:
        """Makes an environment, or lends the only one.

        Args:
            given: what `arguments` returned.
            make: render mode and time limit are taken from it.

        Raises:
            Refusal: the environment refuses its arguments, or is lent to another session.
        """
        if self._lent and not self._lent.acquire(blocking=False):
            message = f"{self.spec.id} is one environment, and another session has it; wait until that is closed"
            raise Refusal("RESOURCE_EXHAUSTED", "CAPACITY", message, retryable=True, retry_after_ms=1000)
        try:
            env = self._given if self._lent else self._create(given, make.render_mode or None)
            if make.max_episode_steps:
                env = gymnasium.wrappers.TimeLimit(env, make.max_episode_steps)
            return env
        except Exception as error:
            if self._lent:
                self._lent.release()
            message = f"{self.spec.id} cannot be made with these arguments: {type(error).__name__}: {error}"
            raise bad_argument("", message) from error

    def _create(self, given: dict[str, Any], render_mode: str | None) -> gymnasium.Env:
        arguments = given | ({"render_mode": render_mode} if render_mode else {})
        if self._registered is not None:
            return gymnasium.make(self._registered, disable_env_checker=True, **arguments)
        return self._given(**arguments)

    def release(self, env: gymnasium.Env) -> None:
        """Takes back what `create` gave: closes it, or keeps it for the next session."""
        if self._lent:
            self._lent.release()
        else:
            env.close()


def _specification(env_id: str) -> Any:
    """Gymnasium's specification of an id, `module:id` included."""
    module, _, _ = env_id.rpartition(":")
    if module:
        __import__(module)
    try:
        return gymnasium.spec(env_id.rpartition(":")[2])
    except gymnasium.error.Error as error:
        raise FaaSFarmError(f"Gymnasium has no environment {env_id!r}: {error}") from error


def encoded(value: Any) -> pb.Value | None:
    """A wire value; None for what has no form on the wire."""
    if value is None:
        return None
    try:
        return values.encode(value)
    except (TypeError, ValueError, OverflowError):
        return None
