"""Figures that tests at full size find, for the page that `make soak` writes."""

import os
from pathlib import Path

from measure.rows import Row


def tell(what: str, figure: str, bar: str, holds: bool) -> None:
    """Adds a row to the file that FAASFARM_FIGURES names; without it, prints."""
    row = Row(what, figure, bar, bool(holds))
    if path := os.environ.get("FAASFARM_FIGURES"):
        with Path(path).open("a") as file:
            file.write(row.as_json() + "\n")
    else:
        print(row)
