"""A folder in which examples of the documentation run: the files that they speak of, a daemon and a gateway at private
addresses, and budgets that a test has time for. What differs from what is printed is in BUDGETS, `changed` and `shell`.
"""

import contextlib
import json
import lzma
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from base64 import b64encode
from pathlib import Path

from daemon import BINARY, ROOT, SMALL, Client, Daemon

from examples import Example

SECONDS = 60
# 120 periods of advice, made by Tests/JournalWriter.
STEERED = ROOT / "Tests" / "acceptance" / "earlier" / "steer.sqlite.xz"


def steps(match: re.Match) -> str:
    """Fewer steps; what is more in the text stays more."""
    return f"--steps {min(max(512, int(match.group(1)) // 200), 4_096)}"


BUDGETS = [
    (r"--steps (\d+)", steps),
    (r"--episodes \d+", "--episodes 2"),
    (r"--hindsight \d+", "--hindsight 3"),
    (r"evaluate --suite(?!.*--loads)", "evaluate --suite --loads shuffled --policies static --episodes 1"),
    (r"--loads flash", "--loads shuffled"),
    (r"--num-envs \d+", "--num-envs 8"),
    (r"num_envs=\d+", "num_envs=4"),
    (r'scenario="demo"(?![^)]*(speed|backend))', 'scenario="demo", speed=20'),
    (r"\bspeed=4\b", "speed=20"),
    (r"range\(20\)", "range(2)"),
    (r"--speed \d+", "--speed 20"),
    (r"(gymnasium_agent\.py .*)--scenario demo", r"\1--scenario my-farm.yaml"),
]

# Appended where the command does not say it itself.
SHORTENED = {
    "faasfarm evaluate": "--episodes 2",
    "faasfarm train": "--steps 512",
    "faasfarm bench": "--episodes 1 --repetitions 1 --seconds 0.1",
    "faasfarm validate": "--only hello",
    "faasfarm doctor": "--timeout 1 --task-seconds 0.01",
}

PASSWORD = "a password"


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as open_ones:
        sockets = [open_ones.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in sockets]


class Stage:
    """One page's examples run in it, one after the other; each finds what those before it made."""

    def __init__(self, folder: Path, recording: Path) -> None:
        self.folder = folder
        self.daemon_port, self.gateway_port, self.callback_port, self.ingress_port, *self.worker_ports = free_ports(6)
        self.endpoint = f"tcp://127.0.0.1:{self.daemon_port}"
        self.gateway = f"http://127.0.0.1:{self.gateway_port}"
        self.servers: dict[str, subprocess.Popen] = {}
        self.names: dict = {}
        # Whether the daemon that was started for an example has keys.
        self.has_keys = False
        for name in ("docs", "examples", "protocol", "Makefile", "scripts"):
            (folder / name).symlink_to(ROOT / name)
        for name in ("runs", "live", "all", "monday", "tuesday"):
            shutil.copy(recording, folder / f"{name}.sqlite")
        (folder / "steer.sqlite").write_bytes(lzma.decompress(STEERED.read_bytes()))
        for name in ("pw", "password.txt"):
            (folder / name).write_text(PASSWORD)
        for name in ("my-farm.yaml", "evening.yaml", "mine.yaml"):
            (folder / name).write_text(SMALL)
        (folder / "picture").write_bytes(b"bytes of somebody's own")
        programs = folder / "bin"
        programs.mkdir()
        (programs / "faasfarm").symlink_to(BINARY)
        # A link would not find its packages.
        (programs / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        (programs / "python").chmod(0o755)
        self.environment = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}", "FAASFARM_BIN": str(BINARY)}

    def __enter__(self) -> "Stage":
        return self

    def __exit__(self, *_: object) -> None:
        for thing in list(self.names.values()):
            if type(thing).__module__.split(".")[0] in ("faasfarm", "gymnasium") and hasattr(thing, "close"):
                with contextlib.suppress(Exception):
                    thing.close()
            if type(thing).__module__.startswith("zmq") and hasattr(thing, "linger"):
                thing.close(linger=0)
        for kind in list(self.servers):
            self.stop(kind)

    # What an example needs.

    def run(self, example: Example) -> None:
        {
            "shell": lambda: [self.shell(command) for command in example.commands],
            "python": lambda: self.python(example.text),
            "yaml": lambda: self.yaml(example.text),
            "messages": lambda: self.messages(example.text),
            "sql": lambda: self.sql(example.text),
            "policies": lambda: self.shell(
                f"faasfarm evaluate --scenario paper-as-run --policies {','.join(example.text.split())} --episodes 2"
            ),
        }[example.kind]()

    def changed(self, text: str) -> str:
        for pattern, replacement in BUDGETS:
            text = re.sub(pattern, replacement, text)
        for pattern, replacement in [
            (r"tcp://(127\.0\.0\.1|farm(\.example\.org)?|HOST|\*):5555", self.endpoint),
            (r"ipc:///[\w./]+", self.endpoint),
            (r"(http://(127\.0\.0\.1|10\.0\.0\.2):8080|https://gateway\.example\.com)", self.gateway),
            (r"--port 8080", f"--port {self.gateway_port}"),
            (r"(0\.0\.0\.0|10\.0\.0\.5):9000", f"127.0.0.1:{self.callback_port}"),
            (r"127\.0\.0\.1:9100", f"127.0.0.1:{self.ingress_port}"),
            (r"127\.0\.0\.1:9001", f"127.0.0.1:{self.worker_ports[0]}"),
            (r"127\.0\.0\.1:9002", f"127.0.0.1:{self.worker_ports[1]}"),
            (r"--port 9001", f"--port {self.worker_ports[0]}"),
            (r"--port 9002", f"--port {self.worker_ports[1]}"),
            (r"endpoint=\.\.\.", f'endpoint="{self.endpoint}"'),
        ]:
            text = re.sub(pattern, replacement, text)
        return text

    # Shells.

    def shell(self, command: str) -> None:
        command = self.changed(command)
        command = re.sub(r"\S*\.build/\w+/faasfarm", "faasfarm", command).replace(".venv/bin/python", "python")
        command = command.replace("| jq .", "| python -m json.tool")
        # That its targets are there is all that can be tried of make within make.
        command = re.sub(r"\bmake (\w)", rf"make -n -C {ROOT} \1", command)
        command = command.replace(
            "serve … ", f"serve --gateway {self.gateway} --password-file pw --functions worker-1 "
        )
        for beginning, more in SHORTENED.items():
            said = more.split()[0] in command or "--show-settings" in command or "recording:" in command
            if command.startswith(beginning) and not said:
                first, *rest = re.split(r" (?=[|>])", command, maxsplit=1)
                command = " ".join([first, more, *rest])
        # A live farm takes its time, less of it at a higher speed.
        if re.match("faasfarm evaluate .*--endpoint", command) and not re.search("--(speed|env) ", command):
            command += " --speed 20"
        self.provide(command)
        if command.startswith("faasfarm serve"):
            if "--endpoint" not in command and "--port" not in command:
                command += f" --endpoint {self.endpoint}"
            if "--ingress-listen" in command and "--pools" not in command and "--gateway" not in command:
                command += " --pools 1"
            return self.serve("daemon", command)
        if command.startswith("faasfarm gateway"):
            if "--port" not in command:
                command += f" --port {self.gateway_port}"
            return self.serve("gateway", command)
        if command.startswith("faasfarm worker --port"):
            return self.serve(command, command.removesuffix(" &"))
        if command.startswith("python -m faasfarm.hosting"):
            return self.serve("daemon", command)
        done = subprocess.run(
            ["bash", "-ec", command], cwd=self.folder, env=self.environment, capture_output=True, text=True,
            timeout=SECONDS, check=False,
        )  # fmt: skip
        # The doctor's verdict on this machine, and one on a server, may be a failure.
        allowed = (0, 1) if command.startswith("faasfarm doctor") else (0,)
        assert done.returncode in allowed, f"{command}\nended with {done.returncode}: {done.stderr[-600:]}"
        self.copy_keys()

    def provide(self, command: str) -> None:
        """What a command speaks of and nothing before it has made."""
        for model in re.findall(r"(?:--resume |[ ,])([\w./-]+\.safetensors)", command):
            made_here = f"--out {model}" in command and f"--resume {model}" not in command
            if made_here or (self.folder / model).exists():
                continue
            if Path(model).stem in ("cartpole", "model"):
                self.shell(f"faasfarm train ppo --env faasfarm/CartPole-v1 --preset rl-zoo --steps 512 --out {model}")
            elif Path(model).stem == "farm":
                self.shell(f"faasfarm train ppo --scenario demo --argument action=target --steps 512 --out {model}")
            else:
                shutil.copy(ROOT / "examples" / "policies" / "shuffled.safetensors", self.folder / model)
        if "keys/" in command and not (self.folder / "keys").exists():
            self.shell("faasfarm keys keys")
        if re.search(r"server\.pub|client\.key", command) and not (self.folder / "server.pub").exists():
            self.shell("faasfarm keys keys")
        if "settings.yaml" in command and ">" not in command and not (self.folder / "settings.yaml").exists():
            (self.folder / "settings.yaml").write_text("preset: zoo-cartpole\n")
        if self.gateway in command and not command.startswith("faasfarm gateway"):
            self.need_gateway()
        if self.endpoint in command and not re.match("faasfarm (serve|doctor)|python -m faasfarm.hosting", command):
            self.need_daemon(keys="--client-key" in command)

    def copy_keys(self) -> None:
        for name in ("server.pub", "client.key"):
            if (self.folder / "keys" / name).exists():
                shutil.copy(self.folder / "keys" / name, self.folder / name)

    # Servers.

    def serve(self, kind: str, command: str) -> None:
        """Starts a server that goes on until another of its kind, or the page's end."""
        self.stop(kind)
        log = self.folder / f"{kind}.log"
        with log.open("w") as errors:
            process = subprocess.Popen(
                ["bash", "-ec", f"exec {command}"], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=errors, text=True,
            )  # fmt: skip
        self.servers[kind] = process
        assert process.stdout.readline(), f"{command}\nsaid nothing: {log.read_text()[-600:]}"

    def stop(self, kind: str) -> None:
        process = self.servers.pop(kind, None)
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()

    def need_daemon(self, keys: bool = False) -> None:
        if keys != self.has_keys:
            self.stop("daemon")
        if "daemon" not in self.servers:
            more = "--server-key keys/server.key --allow-clients keys" if keys else "--record runs.sqlite"
            self.serve("daemon", f"faasfarm serve --endpoint {self.endpoint} {more}")
            self.has_keys = keys

    def need_gateway(self) -> None:
        if "gateway" not in self.servers:
            self.serve("gateway", f"faasfarm gateway --port {self.gateway_port} --password-file pw --log-level error")
            for name in ("worker-1", "worker-2", "worker-3"):
                self.deploy(name)

    def deploy(self, name: str) -> None:
        function = {"service": name, "image": "faasfarm-worker", "envProcess": f"{BINARY} worker"}
        request = urllib.request.Request(f"{self.gateway}/system/functions", json.dumps(function).encode())
        request.add_header("Authorization", "Basic " + b64encode(f"admin:{PASSWORD}".encode()).decode())
        request.add_header("Content-Type", "application/json")
        urllib.request.urlopen(request, timeout=10).close()

    # Other languages.

    def python(self, text: str) -> None:
        if "host(" not in text:
            self.need_daemon()
        if not self.names:
            exec("import faasfarm, gymnasium", self.names)
        before = os.getcwd()
        limit = signal.signal(signal.SIGALRM, _too_long)
        os.chdir(self.folder)
        signal.alarm(SECONDS)
        try:
            exec(compile(self.changed(text), "an example", "exec"), self.names)
        finally:
            signal.alarm(0)
            signal.signal(signal.SIGALRM, limit)
            os.chdir(before)

    def yaml(self, text: str) -> None:
        if re.search(r"^(preset|epochs|hidden):", text, re.MULTILINE):
            (self.folder / "settings.yaml").write_text(text)
            return self.shell("faasfarm train ppo --config settings.yaml --show-settings")
        name = re.search(r"^name: ([\w-]+)", text, re.MULTILINE)
        file = f"{name.group(1) if name else 'unnamed'}.yaml"
        (self.folder / file).write_text(text)
        self.shell(f"faasfarm evaluate --scenario {file} --policies static:4 --episodes 2")

    def messages(self, text: str) -> None:
        """Each request is answered by a reply with the keys that the text shows."""
        self.need_daemon()
        joined = re.sub(r"\n +", " ", text)
        with Client(self.endpoint) as client:
            session = ""
            # The last one, which closes, is shown without its reply.
            requests, replies = (re.findall(rf"^{arrow} (.*)$", joined, re.MULTILINE) for arrow in "→←")
            for request, reply in zip(requests, replies, strict=False):
                said = json.loads(request.replace("3f0c...", session))
                answer = json.loads(client.raw(json.dumps(said).encode()))
                kind = next(key for key in said if key not in ("session_id", "request_id"))
                assert kind in answer, answer
                assert f'"{kind}"' in reply
                session = answer.get("session_id", session)

    def sql(self, text: str) -> None:
        with contextlib.closing(sqlite3.connect(self.folder / "runs.sqlite")) as connection:
            assert connection.execute(text).fetchall()


def _too_long(*_: object) -> None:
    raise TimeoutError(f"an example took more than {SECONDS} seconds")


def record(path: Path) -> Path:
    """A recording with 11 simulated episodes and, as numbers 12 and 13, two live ones of a scenario "mine"."""
    with Daemon("--record", str(path)) as daemon:
        for count, scenario, arguments in (
            (11, "demo", {"backend": "simulator"}),
            (2, SMALL.replace("name: small", "name: mine"), {}),
        ):
            with Client(daemon.endpoint) as client:
                client.make(scenario, **arguments)
                for _ in range(count):
                    client.reset()
                    while not (step := client.step()).get("truncated") and not step.get("terminated"):
                        pass
                client.request("close", {})

    return path
