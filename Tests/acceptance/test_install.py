"""`make install` puts the program where somebody's shell finds it, and `make uninstall` takes it away again."""

import os
import subprocess

import pytest
from daemon import BINARY, ROOT


def make(target, **variables):
    command = ["make", "--no-print-directory", target, *(f"{name}={value}" for name, value in variables.items())]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("stage", ["", "stage"])
def test_the_program_is_on_the_path_after_make_install(tmp_path, stage):
    prefix = tmp_path / "prefix"
    below = f"{tmp_path}/{stage}" if stage else ""
    done = make("install", PREFIX=prefix, DESTDIR=below, PROGRAM=BINARY)
    assert done.returncode == 0, done.stderr
    folder = f"{below}{prefix}/bin"
    assert f"make install: {folder}/faasfarm" in done.stdout
    # A package that is being made is on nobody's PATH yet.
    assert ("is not on your PATH" in done.stdout) == (not stage)
    there = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"}
    version = subprocess.run(["faasfarm", "--version"], env=there, capture_output=True, text=True, check=True)
    assert version.stdout.strip()
    assert make("uninstall", PREFIX=prefix, DESTDIR=below).returncode == 0
    assert os.listdir(folder) == []


def test_a_prefix_that_cannot_be_written_says_what_to_do(tmp_path):
    (tmp_path / "bin").write_text("no folder")
    done = make("install", PREFIX=tmp_path, PROGRAM=BINARY)
    assert done.returncode != 0 and "use PREFIX=~/.local" in done.stderr
