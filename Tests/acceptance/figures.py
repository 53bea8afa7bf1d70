"""Figures that tests at full size find, for the page that `make soak` writes."""

import json
import os
from pathlib import Path


def tell(what: str, figure: str, bar: str, holds: bool) -> None:
    """Adds a row to the file that FAASFARM_FIGURES names; without it, prints."""
    row = {"what": what, "figure": figure, "bar": bar, "holds": bool(holds)}
    if path := os.environ.get("FAASFARM_FIGURES"):
        with Path(path).open("a") as file:
            file.write(json.dumps(row) + "\n")
    else:
        print(row)
