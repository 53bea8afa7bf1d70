"""docs/measured.md: a section a part, with commit, machine and date."""

import datetime
import os
import platform
from collections.abc import Sequence

from measure.processes import ROOT, output
from measure.rows import Row


def section(part: str, rows: Sequence[Row], seconds: float) -> str:
    """A part's rows, with what they were measured on."""
    commit = output(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"]).strip()
    # The page itself is what is being changed.
    status = output(["git", "-C", ROOT, "status", "--porcelain", "--", ".", ":!docs/measured.md"]).strip()
    changed = " with uncommitted changes" if status else ""
    date = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}"
    machine = f"{platform.machine()}, {os.cpu_count()} processors, {platform.system()} {platform.release()}"
    lines = [
        f"## {part}",
        "",
        f"Commit {commit}{changed}, {date}; {machine}; {seconds:.0f} s.",
        "",
        "| what | figure | bar | verdict |",
        "|---|---|---|---|",
    ]
    lines += [row.as_markdown() for row in rows]
    return "\n".join(lines) + "\n"


PAGE = ROOT / "docs" / "measured.md"
HEAD = "# Measured\n\nWritten by `make soak`; not to be edited. A section a part, with the commit it was measured at.\n"


def page(old: str, measured: dict[str, str], parts: Sequence[str]) -> str:
    """The page with the sections that were measured now, and the old ones of the other parts, in the parts' order."""
    sections = {text.split("\n", 1)[0]: f"## {text.strip()}\n" for text in old.split("\n## ")[1:]} | measured
    known = [part for part in parts if part in sections]
    return "\n".join([HEAD, *(sections[part] for part in known + sorted(set(sections) - set(known)))])
