"""What the system refuses is told in words, whatever command asked for it: no domains, codes or names of functions."""

import socket
import subprocess

import pytest
from daemon import BINARY

RAW = ["NSCocoaErrorDomain", "UserInfo", "errno", "descriptor:", "could not be completed", "Swift.", "CodingKey"]

# FILE is missing, FOLDER a folder, JUNK a file of other bytes, ABSENT a folder that is not there, PORT a port in use.
COMMANDS = [
    "serve --port 0 --record FOLDER",
    "serve --port 0 --record ABSENT/x.sqlite",
    "serve --port PORT",
    "serve --endpoint ipc://ABSENT/x",
    "serve --port 0 --gateway http://127.0.0.1:1 --functions w --password-file FILE",
    "serve --port 0 --gateway http://127.0.0.1:1 --functions w --password-file FOLDER",
    "serve --port 0 --pools 1 --ingress-listen 127.0.0.1:0 --ingress-file FOLDER",
    "serve --port 0 --server-key FOLDER --allow-clients any",
    "serve --port 0 --task-header-file FILE",
    "serve --port 0 --task-header-file FOLDER",
    "gateway --port PORT",
    "gateway --port 0 --password-file FILE",
    "gateway --port 0 --password-file FOLDER",
    "gateway --port 0 --queue-file FOLDER",
    "worker --port PORT",
    "evaluate --scenario FILE.yaml",
    "evaluate --scenario JUNK",
    "evaluate --scenario demo --episodes 1 --policies FILE.safetensors",
    "evaluate --scenario demo --episodes 1 --policies static:2 --report ABSENT/r.html",
    "evaluate --scenario demo --episodes 1 --policies static:2 --report FOLDER",
    "evaluate --scenario recording:FILE#1",
    "train ppo --scenario demo --steps 100 --out ABSENT/x.safetensors",
    "train ppo --scenario demo --steps 100 --out FOLDER",
    "train ppo --scenario demo --steps 100 --config FILE",
    "train ppo --scenario demo --steps 100 --config FOLDER",
    "train ppo --scenario demo --steps 100 --resume JUNK",
    "train ppo --scenario demo --steps 100 --resume FOLDER",
    "episodes list FILE",
    "episodes list FOLDER",
    "episodes list JUNK",
    "episodes export JUNK --out FILE",
    "keys JUNK",
    "keys /proc/x",
    "calibrate FILE",
    "calibrate FOLDER",
]


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    folder = tmp_path_factory.mktemp("raw")
    (folder / "folder").mkdir()
    (folder / "junk").write_bytes(b"\xff\xfe no text, no database, nothing" * 40)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield {
            "FILE": str(folder / "missing"),
            "FOLDER": str(folder / "folder"),
            "JUNK": str(folder / "junk"),
            "ABSENT": str(folder / "absent"),
            "PORT": str(taken.getsockname()[1]),
        }


@pytest.mark.parametrize("line", COMMANDS)
def test_what_the_system_refuses_is_told_in_words(places, line: str) -> None:
    words = line
    for name, place in places.items():
        words = words.replace(name, place)
    ended = subprocess.run(
        [str(BINARY), *words.split()], capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL
    )
    assert ended.returncode != 0, ended.stdout
    assert len(ended.stderr.split()) > 5, ended.stderr
    assert not [raw for raw in RAW if raw in ended.stderr + ended.stdout], ended.stderr
