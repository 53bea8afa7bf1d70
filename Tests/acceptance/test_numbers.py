"""Numbers that nobody means: every option and every scenario key with 0, -1, nan, inf, 1e30, 1e-30 and nothing.

Refused, or it ends or runs within 10 seconds and 1 GiB; never a crash. Small here: options that take numbers, and
numbers within texts; FAASFARM_SIZE=full gives every option every value.
"""

import concurrent.futures
import json
import os
import re
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import parsers
import pytest
from daemon import BINARY, Client, Daemon, Refused, plain
from sizes import size

VALUES = ["0", "-1", "nan", "inf", "1e30", "1e-30", ""]
SECONDS, BYTES = 10, 1 << 30

# What makes a command short, and what it cannot do without. A new command needs a line here.
BASES = {
    ("serve",): ["--port", "0"],
    ("evaluate",): ["--scenario", "demo", "--policies", "static:6", "--episodes", "1", "--threads", "1"],
    ("train",): ["ppo", "--env", "faasfarm/CartPole-v1", "--steps", "64", "--out", "model",
                 "--set", "stepsPerRound=16", "--set", "environments=2"],
    ("bench",): ["--scenario", "demo", "--episodes", "1", "--repetitions", "1"],
    ("validate",): ["tcp://127.0.0.1:9", "--patience", "0.1", "--only", "hello"],
    ("doctor",): ["--endpoint", "tcp://127.0.0.1:9", "--timeout", "0.1"],
    ("keys",): ["keys"],
    ("episodes", "list"): ["runs.sqlite"],
    ("episodes", "show"): ["runs.sqlite", "newest"],
    ("episodes", "plot"): ["runs.sqlite", "newest"],
    ("episodes", "replay"): ["runs.sqlite", "newest"],
    ("episodes", "verify"): ["runs.sqlite"],
    ("episodes", "export"): ["runs.sqlite"],
    ("episodes", "prune"): ["runs.sqlite", "--dry-run", "--keep", "5"],
    ("episodes", "merge"): ["all.sqlite", "runs.sqlite"],
    ("calibrate",): ["runs.sqlite"],
    ("gateway",): ["--port", "0"],
    ("steer", "run"): ["--gateway", "http://127.0.0.1:9", "--function", "resize", "--policy", "static:1", "--advise"],
    ("steer", "status"): [],
    ("steer", "promote"): ["resize"],
    ("steer", "revert"): ["resize"],
    ("steer", "pause"): ["resize"],
    ("steer", "resume"): ["resize"],
    ("decisions",): ["steer.sqlite"],
    ("review",): ["steer.sqlite"],
    ("worker",): ["--port", "0"],
}  # fmt: skip

# Texts with numbers in them; the value goes where the braces are.
WITHIN = {
    ("evaluate", "policies"): [
        "static:{}",
        "queue-length:target={}",
        "openfaas-rps:interval={}",
        "reactive-average:floor={}",
        "forecast:cost={}",
        "experts:memory={}",
    ],
    ("evaluate", "action"): ["delta:{}"],
    ("evaluate", "reward"): ['{{"miss": 1, "cost": {}}}'],
    ("evaluate", "argument"): ["history={}"],
    ("evaluate", "goal"): ["qos>={}", "queue<={}"],
    ("train", "goal"): ["qos>={}"],
    ("train", "argument"): ["history={}", "speed={}"],
    ("gateway", "fault"): ["500={}", "delay=0.5:{}", "delay=0.5:{}s"],
    ("serve", "callback-listen"): ["127.0.0.1:{}"],
    ("serve", "metrics-listen"): ["127.0.0.1:{}"],
    ("serve", "endpoint"): ["tcp://127.0.0.1:{}"],
}


class Ended:
    """A program that was run to its end, or told to end once it was up."""

    def __init__(self, arguments: list[str], folder: Path) -> None:
        begun = time.monotonic()
        with tempfile.TemporaryFile() as output:
            process = subprocess.Popen(
                [str(BINARY), *arguments], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd=folder
            )
            told, status, spoke = None, None, None
            while status is None:
                pid, code, usage = os.wait4(process.pid, os.WNOHANG)
                now = time.monotonic()
                if spoke is None and os.fstat(output.fileno()).st_size > 0:
                    spoke = now
                if pid:
                    status = os.waitstatus_to_exitcode(code)
                elif told is None and (now - begun > size(2, SECONDS) or (spoke and now - spoke > 0.3)):
                    # Up, or at work, for as long as it likes.
                    process.send_signal(signal.SIGTERM)
                    told = now
                elif told is not None and now - told > SECONDS:
                    process.kill()
                    told = now
                else:
                    time.sleep(0.01)
            process.returncode = status
            output.seek(0)
            self.text = output.read().decode(errors="replace")
        self.status, self.bytes, self.seconds = status, usage.ru_maxrss * 1024, time.monotonic() - begun

    def complaint(self) -> str | None:
        # Ended by what it was sent, or by itself; all other signals are crashes, SIGKILL is a hang.
        if self.status < 0 and self.status != -signal.SIGTERM:
            return f"ended by {signal.Signals(-self.status).name}: {self.text[-300:]}"
        if self.bytes > BYTES:
            return f"took {self.bytes >> 20} MiB"
        if self.seconds > 2 * SECONDS:
            return f"took {self.seconds:.0f} s"
        return None


@pytest.fixture(scope="module")
def recorded(tmp_path_factory) -> Path:
    """A folder with a recording of one simulated episode."""
    folder = tmp_path_factory.mktemp("numbers")
    with Daemon("--record", str(folder / "runs.sqlite")) as daemon, Client(daemon.endpoint) as client:
        client.make(backend="simulator")
        client.reset()
        while not client.step().get("truncated"):
            pass
        client.request("close", {})
    return folder


def folder_with_recording(recorded: Path, parent: Path) -> Path:
    folder = Path(tempfile.mkdtemp(dir=parent))
    (folder / "runs.sqlite").write_bytes((recorded / "runs.sqlite").read_bytes())
    return folder


def kind(option: parsers.Option, folder: Path) -> str:
    """Whole, number or text: by its default value, or where there is none by what the parser refuses."""
    if option.choices:
        return "text"
    if option.default is not None:
        shape = re.fullmatch(r"-?\d+(\.\d+)?", option.default)
        return "text" if shape is None else "number" if shape.group(1) else "whole"
    if not is_refused(option, parsers.STRANGER, folder):
        return "text"
    return "whole" if is_refused(option, "1.5", folder) else "number"


def is_refused(option: parsers.Option, value: str, folder: Path) -> bool:
    """By the parser. No command runs, because it also gets an option that there is not."""
    command = [*option.command, *BASES[option.command], f"--{option.name}={value}", f"--{parsers.STRANGER}"]
    return f"The value '{value}' is invalid" in Ended(command, folder).text


def test_every_command_has_a_short_run() -> None:
    assert {path for path, _ in parsers.commands()} == set(BASES)


def test_numbers_that_nobody_means_are_refused_or_harmless_as_options(recorded, tmp_path) -> None:
    options = parsers.options()
    assert len(options) > 100
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        kinds = list(pool.map(lambda option: kind(option, tmp_path), options))
        # Of whole numbers the parser itself refuses all but these.
        values = {"whole": ["0", "-1"], "number": VALUES, "text": []}
        runs = []
        for option, of_kind in zip(options, kinds, strict=True):
            runs += [(option, value) for value in size(values[of_kind], VALUES)]
            texts = WITHIN.get((option.command[-1], option.name), [])
            runs += [
                (option, text.format(value)) for text in texts for value in size(["-1", "nan", "inf", "1e30"], VALUES)
            ]

        def run(case: tuple[parsers.Option, str]) -> str | None:
            option, value = case
            folder = folder_with_recording(recorded, tmp_path)
            ended = Ended([*option.command, *BASES[option.command], f"--{option.name}={value}"], folder)
            complaint = ended.complaint()
            return complaint and f"{option}={value!r} {complaint}"

        complaints = [complaint for complaint in pool.map(run, runs) if complaint]
    numbers = sum(of_kind != "text" for of_kind in kinds)
    print(f"{len(options)} options, {numbers} of numbers, {len(runs)} runs")
    assert numbers > 15
    assert not complaints, "\n".join(complaints)


def test_numbers_that_nobody_means_are_refused_or_harmless_as_hyper_parameters(tmp_path) -> None:
    runs = []
    for algorithm in ("ppo", "dqn", "sarsa"):
        said = Ended(["train", algorithm, "--set", f"{parsers.STRANGER}=1"], tmp_path).text
        names = re.search(r"it has ([\w, ]+)", said).group(1).split(", ")
        assert len(names) > 8
        runs += [(algorithm, name, value) for name in names for value in VALUES]

    def run(case: tuple[str, str, str]) -> str | None:
        algorithm, name, value = case
        folder = Path(tempfile.mkdtemp(dir=tmp_path))
        command = ["train", algorithm, "--env", "faasfarm/MountainCar-v0", "--steps", "400", "--out", "model"]
        if algorithm == "dqn":
            command += ["--set", "learningStarts=100"]
        complaint = Ended([*command, "--set", f"{name}={value}"], folder).complaint()
        return complaint and f"{algorithm} {name}={value!r} {complaint}"

    # All of them are some 300 runs; a third of them tells a new crash soon enough.
    chosen = runs if size(False, True) else [case for index, case in enumerate(runs) if index % 3 == 0]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        complaints = [complaint for complaint in pool.map(run, chosen) if complaint]
    print(f"{len(runs)} settings and values, {len(chosen)} run")
    assert not complaints, "\n".join(complaints)


NUMBERS = [0, -1, "nan", "inf", 1e30, 1e-30, None, ".nan", ".inf"]

# Where a key can stand that is no use alone.
AROUND = {
    "arrivals": [
        {"phases": [{"seconds": 10, "rate": 5}]},
        {"phases": [{"seconds": 10, "rate": {"from": 1, "to": 5}}]},
        {"phases": [{"seconds": 10, "rate": {"mean": 5, "amplitude": 1, "cycles": 1}}]},
        {"paced": {"window": 2, "start": {"min": 0, "max": 1}, "phases": [{"tasks": 6, "windows": 3}]}},
        {"shuffled": {"phases": {"min": 1, "max": 3}, "seconds": {"min": 5, "max": 9}, "rate": {"min": 1, "max": 5}}},
        {"trace": {"csv": "start_seconds,requests\n0,5\n10,7\n20,0\n"}},
    ],
    "service": [{"constant": 1}, {"empirical": [1, 2]}],
    "deadline": [{"factor": 2}],
    "stages": [[{"service": {"constant": 1}, "workers": {"max": 5}}]],
    "start_up": [{"mean": 1}, {"mean": 1, "max": 2}],
    "workers": [{"max": 5}],
}


class Scenarios:
    """A daemon that is asked to make simulated farms of scenarios."""

    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon
        self.played = 0

    def refusal(self, text: str) -> str:
        """Why the scenario is refused; empty when its farm was made and stepped."""
        with Client(self.daemon.endpoint) as client:
            try:
                client.make(text, backend="simulator", action="target", info="full")
                client.reset()
                client.step(3, SECONDS)
                reply = client.step(0, SECONDS)
                client.request("close", {})
            except Refused as refused:
                return str(refused)
        assert not re.search("nan|inf", str(plain(reply["observation"])), re.IGNORECASE), text
        self.played += 1
        return ""

    def said(self, path: tuple, value: object) -> tuple[str, bool]:
        """What the reader says of `value` at `path`, and whether it came to have an opinion of it."""
        said = ""
        for around in [None, *(AROUND.get(path[0], []) if path else [])]:
            tree: object = {"base": "demo"} | ({path[0]: around} if around else {})
            tree = parsers.placed(path, value, tree)
            for _ in range(6):
                said = self.refusal(yaml(tree))
                if not said or parsers.dotted(path) in said:
                    return said, True
                missing = re.search(r"([\w.\[\]]+) is missing", said)
                if missing is None:
                    break
                place = tuple(0 if part == "0" else part for part in re.findall(r"[a-z_]+|0", missing.group(1)))
                tree = parsers.placed(place, 1, tree)
        return said, False

    def memory(self) -> int:
        status = Path(f"/proc/{self.daemon.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) << 10


def yaml(tree: object) -> str:
    """JSON is YAML; .nan and .inf are YAML's own, and nothing is nothing."""
    text = json.dumps(tree, separators=(", ", ": "))
    return re.sub(r'"(\.?nan|\.?inf)"', r"\1", text).replace("null", "")


def test_numbers_that_nobody_means_are_refused_or_harmless_in_scenarios() -> None:
    with Daemon() as daemon:
        scenarios = Scenarios(daemon)
        paths = parsers.scenario_keys(lambda path, value: scenarios.said(path, value)[0])
        names = {parsers.dotted(path) for path in paths}
        assert {"workers.max", "service.gamma.shape", "arrivals.phases[0].rate.from", "retry.max_delay"} <= names
        untried = []
        for path in paths:
            for value in NUMBERS:
                begun = time.monotonic()
                if not scenarios.said(path, value)[1]:
                    untried.append(f"{parsers.dotted(path)}={value}")
                taken = time.monotonic() - begun
                assert daemon.process.poll() is None, f"{path} {value!r} ended the daemon"
                assert taken < SECONDS, f"{path} {value!r} took {taken:.0f} s"
        assert scenarios.memory() < BYTES
        print(f"{len(paths)} keys with {len(NUMBERS)} values each; {scenarios.played} farms were made of them")
        print(f"{len(untried)} were not come to: {', '.join(untried)}")
        # Scenarios of several stages are read and refused.
        assert scenarios.played > sum(path[0] != "stages" for path in paths)
        assert len(untried) < len(paths)
