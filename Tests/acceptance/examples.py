"""The examples of README, docs and `--help`, taken out of their texts.

A block of a page is what stands between fences, or is indented by four spaces after an empty line. What does not run is
marked on the line before it, with its reason: `<!-- not run: needs a cluster -->`.
"""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import parsers
from daemon import BINARY, ROOT

PAGES = [
    ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "examples").glob("*/README.md")),
    ROOT / "protocol" / "python" / "README.md",
]  # fmt: skip

# First words of lines that a shell runs.
PROGRAMS = ("faasfarm", "make", "curl", "python", ".venv/bin/python", "pip", "faas-cli", "cp", "sqlite3")
MARK = re.compile(r"<!-- not run: (.+?) -->")
# What is left of a line after a wide gap is a remark.
REMARK = re.compile(r"(\s+# .*|\s{3,}[^\s\\].*)$")


@dataclass
class Example:
    page: str
    line: int
    # python, yaml, shell, messages, sql or policies
    kind: str
    text: str
    reason: str | None = None
    commands: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def of_page(path: Path) -> tuple[list[Example], int]:
    """The examples of a page, and how many of its blocks are none: drawings, formulas, what a program prints."""
    found, others = [], 0
    lines = path.read_text().split("\n")
    name = str(path.relative_to(ROOT))
    at = 0
    while at < len(lines):
        line, begun = lines[at], at
        if line.startswith("```"):
            at += 1
            while not lines[at].startswith("```"):
                at += 1
            kind, text = line[3:].strip(), "\n".join(lines[begun + 1 : at])
            at += 1
        elif line.startswith("    ") and (at == 0 or not lines[at - 1].strip()):
            while at < len(lines) and (lines[at].startswith("    ") or not lines[at].strip()):
                at += 1
            block = [each[4:] for each in lines[begun:at]]
            text = "\n".join(block).rstrip()
            kind = kind_of(text)
        else:
            at += 1
            continue
        if not kind:
            others += 1
            continue
        before = next((each for each in reversed(lines[:begun]) if each.strip()), "")
        mark = MARK.search(before)
        example = Example(name, begun + 1, kind, text, mark and mark.group(1))
        if kind == "shell":
            example.commands = commands(text)
        found.append(example)
    return found, others


def kind_of(text: str) -> str:
    """What an indented block is; empty for what nothing runs."""
    first = text.split("\n")[0]
    word = re.sub(r"^(\w+=\S+ )+", "", first).split(" ")[0]
    if word in PROGRAMS or word.endswith("/faasfarm"):
        return "shell"
    if first.startswith("→ {"):
        return "messages"
    if first.startswith("SELECT "):
        return "sql"
    if re.match(r"(env|envs) = ", first):
        return "python"
    if all(re.fullmatch(r"[a-z-]+:\S+", line) for line in text.split("\n")):
        return "policies"
    return ""


def commands(text: str) -> list[str]:
    """A shell's lines, whole, without the remarks beside them."""
    joined = re.sub(r"\\\n\s*", "", text)
    return [REMARK.sub("", line).rstrip() for line in joined.split("\n") if line.strip()]


def help_texts() -> Iterator[tuple[tuple[str, ...], str]]:
    """Every command's help as it is shown at 80 columns."""
    for path in [(), ("episodes",), *(path for path, _ in parsers.commands())]:
        shown = subprocess.run(
            [BINARY, *path, "--help"], capture_output=True, text=True, check=True, timeout=60, env={"COLUMNS": "80"}
        )
        yield path, shown.stdout


def of_help() -> list[Example]:
    """The examples of every command's help, as it is shown at 80 columns."""
    found = []
    for path, text in help_texts():
        # What comes before the usage is for people; indented by two there are the examples.
        lines = text.split("\nUSAGE:")[0].split("\n")
        blocks = "\n".join(lines).split("\n\n")
        for block in blocks:
            inner = [line[2:] for line in block.split("\n") if line.startswith("  ")]
            if not inner or inner[0].split(" ")[0] not in PROGRAMS:
                continue
            found.append(Example(" ".join(("faasfarm", *path, "--help")), 0, "shell", "\n".join(inner)))
            found[-1].commands = commands("\n".join(inner))
    return found
