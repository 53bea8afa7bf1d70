"""Recorded episodes as Minari datasets (https://minari.farama.org)."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces

from .minari_recording import Episode, episodes

if TYPE_CHECKING:
    from minari import MinariDataset


def export(file: str | Path, dataset_id: str, ids: Iterable[int] | None = None, **metadata: Any) -> "MinariDataset":
    """Writes recorded episodes into a new local Minari dataset, unrounded: T + 1 observations each, seeds kept.

    Where to, Minari decides: `MINARI_DATASETS_PATH`, else `~/.minari/datasets`. Infos are not written, because Minari
    wants the same keys in all of them, the reset's included.

    Args:
        file: what `faasfarm serve --record` wrote.
        dataset_id: `name-v0`, with `namespace/` before it if you like.
        ids: which episodes; None for all that were recorded to their end. All of one environment and its spaces.
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
    buffers: list[Any] = []
    first: Episode | None = None
    for episode in episodes(file, ids):
        first = first or episode
        _check(episode, first)
        buffers.append(
            EpisodeBuffer(
                id=len(buffers),
                seed=_seed(episode.seed),
                observations=_stacked(episode.observations, episode.observation_space),
                actions=_stacked(episode.actions, episode.action_space),
                rewards=episode.rewards.tolist(),
                terminations=episode.terminations.tolist(),
                truncations=episode.truncations.tolist(),
            )
        )
    if first is None:
        raise ValueError(f"{file} has no episode that was recorded to its end")
    metadata.setdefault("algorithm_name", "recorded by faasfarm")
    metadata.setdefault("description", _description(first, len(buffers)))
    # Pictures as JPEG would not be what was recorded.
    metadata.setdefault("jpeg_encoding", False)
    return minari.create_dataset_from_buffers(
        dataset_id,
        buffers,
        action_space=first.action_space,
        observation_space=first.observation_space,
        **metadata,
    )


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
    name = next((line[5:].strip(' "') for line in first.scenario.splitlines() if line.startswith("name:")), "")
    return f"{count} episodes of {first.environment_id}" + (f", scenario {name}" if name else "")
