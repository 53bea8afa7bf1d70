"""Recorded episodes as Minari datasets (https://minari.farama.org)."""

import copy
import warnings
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.envs.registration import EnvSpec

from .minari_recording import COMPLETE, Episode, Kind, episodes, kinds

if TYPE_CHECKING:
    from minari import MinariDataset

_REPLAY = "faasfarm/Replay-v0"


def export(
    file: str | Path,
    dataset_id: str,
    ids: Iterable[int] | None = None,
    *,
    environment_id: str | None = None,
    scenario: str | None = None,
    **metadata: Any,
) -> "MinariDataset":
    """Writes recorded episodes into a new local Minari dataset, unrounded: T + 1 observations each, seeds kept.

    Where to, Minari decides: `MINARI_DATASETS_PATH`, else `~/.minari/datasets`. Infos are not written, because Minari
    wants the same keys in all of them, the reset's included. The dataset can make its environment again, on a daemon:
    `dataset.recover_environment(endpoint="tcp://...")`.

    Args:
        file: what `faasfarm serve --record` wrote.
        dataset_id: `name-v0`, with `namespace/` before it if you like.
        ids: which episodes, all of one environment and its spaces. None: those that were recorded to their end and are
            of the newest one's environment, scenario and spaces, replays left out; a warning says which were not taken.
        environment_id: of the episodes that are looked at where no ids are given.
        scenario: the name of their scenario.
        **metadata: for `minari.create_dataset_from_buffers`, as `author`, `description`, `data_format`.

    Returns:
        the dataset, as `minari.load_dataset(dataset_id)` gives it.

    Raises:
        ImportError: Minari is not installed: `pip install minari[all]`.
        ValueError: there is nothing to export, the episodes differ in their spaces, or one has no steps.
    """
    try:
        import minari
        from minari.data_collector.episode_buffer import EpisodeBuffer
    except ImportError as error:
        raise ImportError("datasets are written with Minari: pip install 'minari[all]'") from error
    if ids is None:
        ids = _chosen(file, environment_id, scenario)
    elif environment_id is not None or scenario is not None:
        raise ValueError("ids say which episodes; leave environment_id and scenario out")
    buffers: list[Any] = []
    first: Episode | None = None
    arguments: dict[str, Any] = {}
    for episode in episodes(file, ids):
        arguments = dict(episode.arguments) if first is None else _common(arguments, episode.arguments)
        first = first or episode
        _check(episode, first)
        buffers.append(
            EpisodeBuffer(
                id=len(buffers),
                seed=_seed(episode.seed),
                options=episode.options or None,
                observations=_stacked(episode.observations, episode.observation_space),
                actions=_stacked(episode.actions, episode.action_space),
                rewards=episode.rewards.tolist(),
                terminations=episode.terminations.tolist(),
                truncations=episode.truncations.tolist(),
            )
        )
    if first is None:
        raise ValueError(f"{file}: no episodes were chosen")
    metadata.setdefault("algorithm_name", "recorded by faasfarm")
    metadata.setdefault("description", _description(first, len(buffers)))
    # Pictures as JPEG would not be what was recorded.
    metadata.setdefault("jpeg_encoding", False)
    metadata.setdefault("env", _Recorded.of(first, arguments))
    return minari.create_dataset_from_buffers(
        dataset_id,
        buffers,
        action_space=first.action_space,
        observation_space=first.observation_space,
        **metadata,
    )


def _chosen(file: str | Path, environment_id: str | None, scenario: str | None) -> list[int]:
    """The complete episodes of the newest one's kind; says what of the recording is not among them."""
    looked_at = [
        (kind, number, status)
        for kind, number, status in kinds(file)
        if (kind.environment_id == environment_id if environment_id else kind.environment_id != _REPLAY)
        and (scenario is None or kind.scenario_name == scenario)
    ]
    complete = [(kind, number) for kind, number, status in looked_at if status in COMPLETE]
    if not complete:
        raise ValueError(
            f"{file} has no episode that was recorded to its end"
            + (f" of {environment_id}" if environment_id else "")
            + (f" of the scenario {scenario}" if scenario else "")
            + f"; `faasfarm episodes list {file}` shows those it has"
        )
    newest = complete[-1][0]
    cut = [number for kind, number, status in looked_at if kind == newest and status not in COMPLETE]
    others = Counter(str(kind) for kind, _ in complete if kind != newest)
    if cut:
        warnings.warn(
            f"{len(cut)} of the episodes of {newest} were not recorded to their end and are left out "
            f"({_some(cut)}); name them in ids to have them",
            stacklevel=3,
        )
    if others:
        found = "; ".join(f"{count} of {name}" for name, count in others.items())
        warnings.warn(
            f"the dataset has the episodes of {newest}; left out are {found}, of another scenario or other spaces: "
            "choose with scenario=, environment_id= or ids=, a dataset each",
            stacklevel=3,
        )
    return [number for kind, number in complete if kind == newest]


def _some(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers[:8])) + (", …" if len(numbers) > 8 else "")


def _common(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """What both have in common."""
    return {key: value for key, value in one.items() if key in other and _plain(other[key]) == _plain(value)}


class _Recorded(gymnasium.Env):
    """An environment that is only told of: Minari would make one of a spec, and there may be no daemon."""

    def __init__(self, spec: EnvSpec, episode: Episode) -> None:
        self.spec = spec
        self.observation_space = episode.observation_space
        self.action_space = episode.action_space

    @classmethod
    def of(cls, episode: Episode, arguments: dict[str, Any]) -> "_Recorded | None":
        """The episodes' environment; None of an id that this package does not register.

        The scenario is the recorded text, whatever a preset of its name is on the daemon.
        """
        if episode.environment_id not in gymnasium.registry:
            return None
        spec = copy.deepcopy(gymnasium.spec(episode.environment_id))
        spec.kwargs |= {key: _plain(value) for key, value in arguments.items()}
        if "scenario" in arguments and episode.scenario:
            spec.kwargs["scenario"] = episode.scenario
        spec.max_episode_steps = episode.max_episode_steps
        return cls(spec, episode)


def _plain(value: Any) -> Any:
    """As JSON has it: a spec is kept as JSON."""
    match value:
        case np.ndarray() | np.generic():
            return value.tolist()
        case dict():
            return {key: _plain(part) for key, part in value.items()}
        case list() | tuple():
            return [_plain(part) for part in value]
        case _:
            return value


def _check(episode: Episode, first: Episode) -> None:
    if len(episode) == 0:
        raise ValueError(f"episode {episode.id} has no steps; leave it out of ids")
    same = (episode.observation_space, episode.action_space) == (first.observation_space, first.action_space)
    if episode.environment_id != first.environment_id or not same:
        raise ValueError(
            f"episode {episode.id} ({episode.environment_id}) has other spaces than episode {first.id} "
            f"({first.environment_id}); export them into datasets of their own"
        )


def _seed(seed: int) -> int | None:
    """HDF5 keeps 64 bits; a longer seed is left out rather than cut."""
    return seed if seed < 1 << 64 else None


def _stacked(elements: list[Any], space: spaces.Space) -> Any:
    """Elements of a space, one after the other, in the space's own structure."""
    match space:
        case spaces.Dict():
            return {key: _stacked([element[key] for element in elements], part) for key, part in space.items()}
        case spaces.Tuple():
            return tuple(_stacked([element[place] for element in elements], part) for place, part in enumerate(space))
        case spaces.Text():
            return list(elements)
        case _:
            return list(np.asarray(elements, dtype=space.dtype))


def _description(first: Episode, count: int) -> str:
    return f"{count} episodes of {Kind(first.environment_id, first.scenario, b'', b'')}"
