"""Long work says how far it is: in one line that fits the terminal, or a line now and then where there is none."""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import pytest
from daemon import BINARY

TRAINING = ["train", "ppo", "--env", "faasfarm/CartPole-v1", "--steps", "100000000", "--out", "model"]
EVALUATION = ["evaluate", "--scenario", "shuffled", "--policies", "queue-length", "--episodes", "2000"]


@pytest.mark.parametrize("command", [TRAINING, EVALUATION], ids=["train", "evaluate"])
@pytest.mark.parametrize("columns", [40, 80])
def test_a_line_is_no_wider_than_its_terminal(tmp_path, command, columns):
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen([BINARY, *command], stdout=subprocess.DEVNULL, stderr=theirs, cwd=tmp_path) as process:
        os.close(theirs)
        said = b""
        deadline = time.monotonic() + 30
        while said.count(b"\r") < 4 and time.monotonic() < deadline:
            if select.select([ours], [], [], 1)[0]:
                with contextlib.suppress(OSError):
                    said += os.read(ours, 4096)
        process.send_signal(signal.SIGKILL)
    os.close(ours)
    lines = [line for line in re.split(r"\r\x1b\[K", said.decode()) if line][:-1]
    assert len(lines) >= 2, said
    for line in lines:
        assert len(line) < columns and "\n" not in line
        assert " of " in line


def test_a_log_gets_a_line_now_and_then(tmp_path):
    with subprocess.Popen([BINARY, *TRAINING], stderr=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        is_there = select.select([process.stderr], [], [], 30)[0]
        line = process.stderr.readline() if is_there else ""
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 130
    assert re.fullmatch(r"\d+ of 100000000 steps, .* left: return .* steps a second\n", line)
