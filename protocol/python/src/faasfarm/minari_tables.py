"""Recorded steps, tasks and episodes as Parquet files, for pandas, Polars, DuckDB and Spark."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from .minari_recording import connect, episodes

TASKS = "SELECT * FROM tasks ORDER BY episode_id, generated_s, task_id"
EPISODES = """
    SELECT e.id AS episode_id, environment_id, status, seed, return, length, started_at, ended_at, program_version
    FROM episodes e JOIN setups s ON s.id = setup_id ORDER BY e.id
"""


def to_parquet(file: str | Path, out: str | Path, table: str = "steps", ids: Iterable[int] | None = None) -> int:
    """Writes a table of a recording.

    Args:
        file: what `faasfarm serve --record` wrote.
        out: the Parquet file.
        table: `steps` (a row a frame, row 0 of an episode is its reset), `tasks` or `episodes`.
        ids: of steps, which episodes; None for all that were recorded to their end.

    Returns:
        the rows written.

    Raises:
        ImportError: pyarrow is not installed; `faasfarm episodes export` writes CSV without it.
        ValueError: there is no such table, or nothing to write.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise ImportError(
            "Parquet is written with pyarrow: pip install pyarrow; `faasfarm episodes export` writes CSV without it"
        ) from error
    match table:
        case "steps":
            columns = _steps(file, ids)
        case "tasks":
            columns = _rows(file, TASKS)
        case "episodes":
            columns = _rows(file, EPISODES)
        case _:
            raise ValueError(f"there is no table {table!r}; there are: steps, tasks, episodes")
    if not any(columns.values()):
        raise ValueError(f"{file} has no {table} to write")
    written = pyarrow.table(columns)
    pyarrow.parquet.write_table(written, out)
    return written.num_rows


def _rows(file: str | Path, sql: str) -> dict[str, list[Any]]:
    database = connect(file)
    try:
        cursor = database.execute(sql)
        names = [column[0] for column in cursor.description]
        rows = cursor.fetchall()
    finally:
        database.close()
    # Tasks are numbered by some farms and named by others; a column has one type.
    return {name: [str(row[name]) if name == "task_id" else row[name] for row in rows] for name in names}


def _steps(file: str | Path, ids: Iterable[int] | None) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {
        name: [] for name in ("episode_id", "step", "action", "reward", "terminated", "truncated", "observation")
    }
    for episode in episodes(file, ids):
        for index, observation in enumerate(episode.observations):
            step = index - 1
            columns["episode_id"].append(episode.id)
            columns["step"].append(index)
            columns["observation"].append(_plain(observation))
            columns["action"].append(_plain(episode.actions[step]) if index else None)
            columns["reward"].append(float(episode.rewards[step]) if index else None)
            columns["terminated"].append(bool(episode.terminations[step]) if index else None)
            columns["truncated"].append(bool(episode.truncations[step]) if index else None)
    return columns


def _plain(value: Any) -> Any:
    """Lists and numbers, which Parquet has types for; arrays of several dimensions become one list."""
    match value:
        case np.ndarray():
            return value.item() if value.shape == () else value.ravel()
        case np.generic():
            return value.item()
        case dict():
            return {key: _plain(part) for key, part in value.items()}
        case tuple() | list():
            return [_plain(part) for part in value]
        case _:
            return value
