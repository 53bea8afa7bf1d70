"""Files of agents that are none, and ours in the hands of the safetensors package."""

import json
import struct
import subprocess

import pytest
from daemon import BINARY, ROOT
from safetensors import safe_open
from safetensors.numpy import load_file

POLICY = ROOT / "examples" / "policies" / "shuffled.safetensors"


def parts(file=POLICY):
    data = file.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def file(header, data):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def crafted():
    header, data = parts()
    metadata, text = header["__metadata__"], json.dumps(header).encode()
    arrays = {name: entry for name, entry in header.items() if name != "__metadata__"}
    name = next(iter(arrays))
    yield "metadata-only", file({"__metadata__": metadata}, b""), "the checkpoint has no float32 array"
    yield "huge-header", struct.pack("<Q", 100_000_001) + text + data, "more than the 100000000"
    twice = text[:-1] + b", " + json.dumps({name: header[name]}).encode()[1:]
    yield "duplicate-key", file(twice, data), f'the key "{name}" twice'
    yield "no-metadata", file(arrays, data), 'no "format"'
    yield "empty-metadata", file({"__metadata__": {}} | arrays, data), 'no "format"'
    yield "numbers-in-metadata", file({"__metadata__": metadata | {"seed": 1}} | arrays, data), "that is no text"
    yield "trailing-bytes", file(header, data + b"\0\0"), "2 bytes behind the last array"
    yield "a-hole", file(header, data[:-2]), "does not fit its place"


@pytest.mark.parametrize(("content", "reason"), [pytest.param(c, r, id=name) for name, c, r in crafted()])
def test_report_safetensors601_files_that_break_the_rules_are_refused_with_the_reason(tmp_path, content, reason):
    """safetensors#601, #466, #668, #401, #278, fastsafetensors#88, ComfyUI#15602."""
    model = tmp_path / "crafted.safetensors"
    model.write_bytes(content)
    done = evaluate(model)
    assert done.returncode == 1, done
    assert reason in done.stderr and len(done.stderr) < 600


@pytest.mark.parametrize("length", [99_994, 99_999, 100_000])
def test_report_fastsafetensors88_long_headers_are_read(tmp_path, length):
    header, data = parts()
    model = tmp_path / "long.safetensors"
    model.write_bytes(file(json.dumps(header).encode().ljust(length), data))
    done = evaluate(model)
    assert done.returncode == 0, done.stderr


def evaluate(model):
    command = [BINARY, "evaluate", "--scenario", "shuffled", "--episodes", "1", "--policies", str(model)]
    return subprocess.run([*command, "--format", "csv"], capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("algorithm", ["ppo", "dqn", "sarsa"])
def test_the_safetensors_package_reads_what_is_trained_here(tmp_path, algorithm):
    model = tmp_path / "model.safetensors"
    command = [BINARY, "train", algorithm, "--env", "faasfarm/MountainCar-v0", "--steps", "1200", "--out", str(model)]
    subprocess.run(command, capture_output=True, check=True, timeout=120)
    header, _ = parts(model)
    arrays = load_file(model)
    assert arrays.keys() | {"__metadata__"} == header.keys()
    with safe_open(model, framework="numpy") as opened:
        assert opened.metadata() == header["__metadata__"]
