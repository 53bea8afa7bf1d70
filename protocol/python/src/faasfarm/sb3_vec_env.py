"""A Gymnasium vector as Stable-Baselines3's own kind. Imported only where Stable-Baselines3 is there."""

from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
from stable_baselines3.common.vec_env import VecEnv

from .batches import infos_of


class SB3VecEnv(VecEnv):
    """What `faasfarm.sb3.as_vec_env` makes.

    Attributes:
        envs: the vector behind it.
    """

    def __init__(self, envs: gymnasium.vector.VectorEnv) -> None:
        """Takes a vector that resets in the step that ends an episode."""
        self.envs = envs
        self.metadata = envs.metadata
        # What was set here, by name; the environments themselves are elsewhere.
        self._own: dict[str, list[Any]] = {}
        self._masks: np.ndarray | None = None
        self._actions: Any = None
        super().__init__(envs.num_envs, envs.single_observation_space, envs.single_action_space)

    def reset(self) -> Any:
        """Begins episodes, with what `seed` and `set_options` said before.

        Returns:
            The batched observation; the infos are in `reset_infos`.
        """
        options = self._options[0] if self._options else None
        if any(other != options for other in self._options):
            raise ValueError("all sub-environments take the same options")
        seeds = list(self._seeds)
        given = None if all(seed is None for seed in seeds) else seeds
        observation, infos = self.envs.reset(seed=given, options=options or None)
        self._keep_masks(infos)
        self.reset_infos = infos_of(infos, self.num_envs)
        self._reset_seeds()
        self._reset_options()
        return observation

    def step_async(self, actions: Any) -> None:
        """Takes the actions of the next `step_wait`."""
        self._actions = actions

    def step_wait(self) -> tuple[Any, np.ndarray, np.ndarray, list[dict[str, Any]]]:
        """Steps.

        Returns:
            Observations, rewards (float32), whether an episode ended (bool), and an info for each sub-environment.
        """
        observation, rewards, terminations, truncations, infos = self.envs.step(self._actions)
        dones = terminations | truncations
        last, last_infos = infos.pop("final_obs", None), infos.pop("final_info", {})
        for name in ("_final_obs", "_final_info"):
            infos.pop(name, None)
        self._keep_masks(infos)
        each = infos_of(infos, self.num_envs)
        if dones.any():
            ends = infos_of(last_infos, self.num_envs)
            for index in np.flatnonzero(dones):
                self.reset_infos[index] = each[index]
                each[index] = ends[index]
                each[index]["terminal_observation"] = last[index]
                each[index]["TimeLimit.truncated"] = bool(truncations[index] and not terminations[index])
        return observation, rewards.astype(np.float32), dones, each

    def _keep_masks(self, infos: dict[str, Any]) -> None:
        masks = infos.get("action_mask")
        if masks is not None:
            present = infos.get("_action_mask", np.ones(self.num_envs, dtype=bool))
            # Where nothing is said, everything is allowed.
            self._masks = np.where(present[:, None], masks, 1).astype(bool)

    def _action_masks(self) -> np.ndarray:
        if self._masks is None:
            count = int(getattr(self.action_space, "n", 1))
            return np.ones((self.num_envs, count), dtype=bool)
        return self._masks

    def close(self) -> None:
        """Ends the session of the vector."""
        self.envs.close()

    def get_images(self) -> Sequence[np.ndarray | None]:
        """A picture of each sub-environment; None where it renders none."""
        pictures = self.envs.render() or ()
        return [one if isinstance(one, np.ndarray) else None for one in pictures] or [None] * self.num_envs

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """What `set_attr` set; `action_masks`; or an attribute of the vector, the same for all.

        Raises:
            AttributeError: there is none; what the environments have where they live is not asked for.
        """
        places = self._get_indices(indices)
        if attr_name == "action_masks":
            masks = self._action_masks()
            return [masks[index] for index in places]
        if attr_name in self._own:
            return [self._own[attr_name][index] for index in places]
        names = {"observation_space": "single_observation_space", "action_space": "single_action_space"}
        value = getattr(self.envs, names.get(attr_name, attr_name))
        return [value for _ in places]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Sets what `get_attr` gets; the environments, where they live, do not learn of it."""
        current = self._own.get(attr_name)
        if current is None:
            current = self._own[attr_name] = [getattr(self.envs, attr_name, None)] * self.num_envs
        for index in self._get_indices(indices):
            current[index] = value

    def env_method(self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any) -> list[Any]:
        """`action_masks`, an array of bool for each sub-environment, or `render`.

        Raises:
            AttributeError: any other method.
        """
        places = list(self._get_indices(indices))
        if method_name == "action_masks":
            return self.get_attr("action_masks", places)
        if method_name == "render":
            pictures = self.envs.render()
            return [None if pictures is None else pictures[index] for index in places]
        raise AttributeError(
            f"the environments of a daemon have no method {method_name}; there are action_masks and render"
        )

    def env_is_wrapped(self, wrapper_class: type[gymnasium.Wrapper], indices: Any = None) -> list[bool]:
        """Never: wrap the vector, in `VecMonitor` for example."""
        return [False for _ in self._get_indices(indices)]
