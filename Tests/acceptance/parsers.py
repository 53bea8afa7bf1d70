"""What the program takes, read from its own parsers: options from `--experimental-dump-help`, scenario keys from the
errors of the scenario's reader. What is new is found without being named here.
"""

import functools
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from daemon import BINARY


@dataclass(frozen=True)
class Option:
    command: tuple[str, ...]
    name: str
    choices: tuple[str, ...]
    default: str | None

    def __str__(self) -> str:
        return " ".join((*self.command, f"--{self.name}"))


@functools.cache
def tree() -> dict:
    """The program's commands, as its argument parser describes them."""
    dump = subprocess.run([BINARY, "--experimental-dump-help"], capture_output=True, text=True, check=True, timeout=60)
    return json.loads(dump.stdout)["command"]


def commands(at: dict | None = None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict]]:
    """Every command that does something, with its path."""
    at = tree() if at is None else at
    inner = [command for command in at.get("subcommands", []) if command["commandName"] != "help"]
    if not inner:
        yield path, at
    for command in inner:
        yield from commands(command, (*path, command["commandName"]))


def options() -> list[Option]:
    """Every option of every command that takes a value."""
    return [
        Option(
            path, argument["preferredName"]["name"], tuple(argument.get("allValues", [])), argument.get("defaultValue")
        )
        for path, command in commands()
        for argument in command.get("arguments", [])
        if argument["kind"] == "option"
    ]


# A name that is near none.
STRANGER = "zzqqxx"

# What the reader says of a mapping, at its path: all keys that it knows.
KEYS = [
    r'unknown key "zzqqxx"{place}; there are: ([\w, ]+)',
    r"{path} must be a mapping with the keys ([\w, ]+);",
    # {{from, to}} or {{mean, amplitude, cycles}}
    r"{path} must be [^;]*",
]


def scenario_keys(refusal: Callable[[tuple, object], str]) -> list[tuple]:
    """Paths of all keys of a scenario file, the first item of a list as 0.

    Args:
        refusal: what the reader says of a value at a path, in a scenario that is complete without it.
    """
    found: list[tuple] = []

    def crawl(path: tuple) -> None:
        name = dotted(path)
        names: list[str] = []
        for value in ({STRANGER: 1}, STRANGER, [STRANGER]):
            said = refusal(path, value)
            for pattern in KEYS:
                place = f" in {re.escape(name)}" if path else ""
                match = re.search(pattern.format(place=place, path=re.escape(name) if path else "a scenario"), said)
                if match and match.groups():
                    names += match.group(1).split(", ")
                elif match:
                    for listed in re.findall(r"\{([\w, ]+)[:}]", match.group(0)):
                        names += listed.split(", ")
        inner: list[tuple] = [(*path, each) for each in dict.fromkeys(names)]
        if path and f"{name} must be a list" in refusal(path, STRANGER):
            inner.append((*path, 0))
        for place in inner:
            found.append(place)
            crawl(place)

    crawl(())
    return found


def dotted(path: tuple) -> str:
    """As errors name it: arrivals.phases[0].rate."""
    return ".".join(str(part) for part in path).replace(".0", "[0]")


def placed(path: tuple, value: object, into: object = None) -> object:
    """`value` at a path in a tree of mappings and lists, in what is there already."""
    if not path:
        return value
    first, *rest = path
    if first == 0:
        return [placed(tuple(rest), value, into[0] if isinstance(into, list) and into else None)]
    whole = dict(into) if isinstance(into, dict) else {}
    return whole | {first: placed(tuple(rest), value, whole.get(first))}
