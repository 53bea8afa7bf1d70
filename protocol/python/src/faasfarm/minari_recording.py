"""Recorded episodes (`faasfarm serve --record FILE`) as arrays; docs/recording.md has the tables."""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium import spaces

from . import values
from .v1 import faasfarm_pb2 as pb

SCHEMAS = (2, 3, 4)
"""The schemas that this package reads."""

COMPLETE = ("terminated", "truncated")


@dataclass
class Episode:
    """One episode of T steps.

    Attributes:
        id: its number in the file.
        environment_id: as it was made.
        status: `terminated`, `truncated`, `partial`, or `running`.
        seed: in force at the reset.
        scenario: fully resolved text; empty without one.
        arguments: what it was made with.
        options: what its reset was given beside the seed; None where the recording, of schema 2, does not say.
        max_episode_steps: what `make` shortened the time limit to; None where it did not.
        observation_space: of the T + 1 observations.
        action_space: of the T actions.
        observations: T + 1, the reset's first.
        actions: T.
        rewards: float64 of shape (T,).
        terminations: bool of shape (T,).
        truncations: bool of shape (T,).
        infos: T + 1; empty dicts where nothing was recorded.
    """

    id: int
    environment_id: str
    status: str
    seed: int
    scenario: str
    arguments: dict[str, Any]
    observation_space: spaces.Space
    action_space: spaces.Space
    observations: list[Any] = field(default_factory=list)
    actions: list[Any] = field(default_factory=list)
    rewards: np.ndarray = field(default_factory=lambda: np.zeros(0))
    terminations: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))
    truncations: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))
    infos: list[dict[str, Any]] = field(default_factory=list)
    options: dict[str, Any] | None = None
    max_episode_steps: int | None = None

    def __len__(self) -> int:
        return len(self.actions)


def episodes(file: str | Path, ids: Iterable[int] | None = None) -> Iterator[Episode]:
    """The episodes of a recording, oldest first.

    Args:
        file: the recording. It may be read while a server records into it.
        ids: which; None for all that were recorded to their end.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it holds no episodes, those of another schema, or none of such an id.
    """
    database = connect(file)
    try:
        if ids is None:
            marks = ", ".join("?" for _ in COMPLETE)
            found = database.execute(f"SELECT id FROM episodes WHERE status IN ({marks}) ORDER BY id", COMPLETE)
            ids = [row[0] for row in found.fetchall()]
        for number in ids:
            yield _episode(database, int(number), str(file))
    finally:
        database.close()


@dataclass(frozen=True)
class Kind:
    """What episodes of one data set have in common.

    Attributes:
        environment_id: as they were made.
        scenario: fully resolved text; empty without one.
        observation_space: serialized.
        action_space: serialized.
    """

    environment_id: str
    scenario: str
    observation_space: bytes
    action_space: bytes

    @property
    def scenario_name(self) -> str:
        """The scenario's name; empty without one."""
        return next((line[5:].strip(' "') for line in self.scenario.splitlines() if line.startswith("name:")), "")

    def __str__(self) -> str:
        return self.environment_id + (f", scenario {self.scenario_name}" if self.scenario_name else "")


def kinds(file: str | Path) -> list[tuple[Kind, int, str]]:
    """Kind, id and status of each episode, oldest first; raises as `episodes` does."""
    database = connect(file)
    try:
        rows = database.execute(
            "SELECT environment_id, scenario, observation_space, action_space, e.id, status "
            "FROM setups JOIN episodes e ON setups.id = setup_id ORDER BY e.id"
        )
        return [(Kind(*row[:4]), row[4], row[5]) for row in rows]
    finally:
        database.close()


def connect(file: str | Path) -> sqlite3.Connection:
    """The recording's tables, for reading; raises as `episodes` does."""
    path = Path(file)
    if not path.exists():
        raise FileNotFoundError(f"there is no file {path}; `faasfarm serve --record FILE` makes one")
    database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        (application,) = database.execute("PRAGMA application_id").fetchone()
        (version,) = database.execute("PRAGMA user_version").fetchone()
    except sqlite3.DatabaseError as error:
        database.close()
        raise ValueError(f"{path} is no recording of FaaSFarm: {error}") from error
    if application != 0x46616153 or version not in SCHEMAS:
        database.close()
        raise ValueError(
            f"{path} has application id {application:#x} and schema {version}, expected 0x46616153 and "
            f"one of {SCHEMAS}; "
            "`faasfarm serve --record` and `faasfarm episodes merge` bring older recordings to the newest schema"
        )
    database.row_factory = sqlite3.Row
    return database


def _episode(database: sqlite3.Connection, number: int, file: str) -> Episode:
    row = database.execute(
        "SELECT * FROM setups JOIN episodes e ON setups.id = setup_id WHERE e.id = ?", (number,)
    ).fetchone()
    if row is None:
        raise ValueError(f"{file} has no episode {number}; `faasfarm episodes list {file}` shows those it has")
    observation_space = values.space(pb.Space.FromString(row["observation_space"]))
    action_space = values.space(pb.Space.FromString(row["action_space"]))
    given = pb.DictValue.FromString(row["arguments"])
    episode = Episode(
        id=number,
        environment_id=row["environment_id"],
        status=row["status"],
        seed=int(row["seed"]),
        scenario=row["scenario"],
        arguments={entry.key: values.decode(entry.value) for entry in given.entries},
        observation_space=observation_space,
        action_space=action_space,
        observations=[values.element(pb.Value.FromString(row["observation"]), observation_space)],
        infos=[_info(row["info"])],
        options=_options(row),
        max_episode_steps=row["max_episode_steps"],
    )
    rewards: list[float] = []
    flags: list[tuple[bool, bool]] = []
    for step in database.execute("SELECT * FROM steps WHERE episode_id = ? ORDER BY step_index", (number,)):
        episode.actions.append(values.element(pb.Value.FromString(step["action"]), action_space))
        episode.observations.append(values.element(pb.Value.FromString(step["observation"]), observation_space))
        episode.infos.append(_info(step["info"]))
        rewards.append(_reward(step))
        flags.append((bool(step["terminated"]), bool(step["truncated"])))
    for block in database.execute("SELECT * FROM step_blocks WHERE episode_id = ? ORDER BY first_step", (number,)):
        count = block["steps"]
        episode.actions += _elements(block["actions"], action_space, count)
        episode.observations += _elements(block["observations"], observation_space, count)
        rewards += np.frombuffer(block["rewards"], "<f8").tolist()
        flags += [(bool(byte & 1), bool(byte & 2)) for byte in block["flags"]]
        infos = pb.TupleValue.FromString(block["infos"] or b"").items
        episode.infos += [values.decode(info) for info in infos] or [{} for _ in range(count)]
    episode.rewards = np.array(rewards, np.float64)
    episode.terminations = np.array([flag[0] for flag in flags], bool)
    episode.truncations = np.array([flag[1] for flag in flags], bool)
    return episode


def _options(row: sqlite3.Row) -> dict[str, Any] | None:
    if "options" not in row.keys() or row["options"] is None:  # noqa: SIM118, a row's own `in` looks at its values
        return None
    return {entry.key: values.decode(entry.value) for entry in pb.DictValue.FromString(row["options"]).entries}


def _info(data: bytes) -> dict[str, Any]:
    return {entry.key: values.decode(entry.value) for entry in pb.Info.FromString(data).entries}


def _reward(step: sqlite3.Row) -> float:
    """REAL does not keep NaN and -0.0; their bits are beside it."""
    if step["reward_bits"] is None:
        return step["reward"]
    return float(np.int64(step["reward_bits"]).view(np.float64))


def _elements(data: bytes, space: spaces.Space, count: int) -> list[Any]:
    """The elements of a block's column, one after the other."""
    dtype = np.dtype(np.int8 if isinstance(space, spaces.MultiBinary) else space.dtype)
    if isinstance(space, (spaces.Discrete, spaces.MultiDiscrete)):
        dtype = np.dtype(np.int64)
    array = np.frombuffer(data, dtype.newbyteorder("<")).astype(dtype).reshape((count, *(space.shape or ())))
    return list(array)
