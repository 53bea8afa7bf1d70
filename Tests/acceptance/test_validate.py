"""`faasfarm validate` against a daemon, over tcp, ipc and with keys; and what it says when there is nothing to try."""

import json
import subprocess

import pytest
from daemon import BINARY, Daemon

CARTPOLE = ["--env", "faasfarm/CartPole-v1"]


def validate(endpoint: str, *arguments: str) -> subprocess.CompletedProcess:
    command = [str(BINARY), "validate", endpoint, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("validate") / "keys"
    subprocess.run([str(BINARY), "keys", str(folder)], check=True, capture_output=True, timeout=30)
    return folder


def guarded(keys) -> list[str]:
    return ["--server-key", str(keys / "server.key"), "--allow-clients", str(keys)]


@pytest.mark.parametrize("transport", ["tcp", "ipc", "tcp with keys", "ipc with keys"])
def test_the_suite_passes_over_each_transport(keys, tmp_path, transport) -> None:
    arguments = ["--endpoint", f"ipc://{tmp_path}/socket"] if transport.startswith("ipc") else []
    client = []
    if transport.endswith("keys"):
        arguments += guarded(keys)
        client = ["--server-key", str(keys / "server.pub"), "--client-key", str(keys / "client.key")]
    with Daemon(*arguments) as daemon:
        done = validate(daemon.endpoint, *CARTPOLE, *client, "--patience", "30", "--format", "json")
        report = json.loads(done.stdout)
        failed = [result for result in report["results"] if result["verdict"] == "FAIL"]
        assert failed == [] and done.returncode == 0, done.stderr
        assert report["passed"] > 40


def test_report71_wrong_keys_are_named_as_what_to_look_at(keys, tmp_path) -> None:
    """zeromq/libzmq#2227: a server with keys is as silent as none to who has not the right ones."""
    subprocess.run([str(BINARY), "keys", str(tmp_path / "others")], check=True, capture_output=True, timeout=30)
    other = tmp_path / "others"
    with Daemon(*guarded(keys)) as daemon:
        for client in (
            [],
            ["--server-key", str(other / "server.pub"), "--client-key", str(keys / "client.key")],
            ["--server-key", str(keys / "server.pub"), "--client-key", str(other / "client.key")],
            # A key that was drawn, and that nobody allows.
            ["--server-key", str(keys / "server.pub")],
        ):
            done = validate(daemon.endpoint, *client, "--patience", "1")
            assert done.returncode == 1 and "no answer" in done.stderr and "key" in done.stderr, done.stderr
        right = ["--server-key", str(keys / "server.pub"), "--client-key", str(keys / "client.key")]
        assert validate(daemon.endpoint, *right, "--only", "hello", "--patience", "30").returncode == 0


def test_keys_that_are_none_are_refused_by_file_and_reason(keys, tmp_path) -> None:
    (tmp_path / "bad.pub").write_text("not a key\n")
    for arguments, text in (
        (["--client-key", str(keys / "client.key")], "--client-key needs --server-key"),
        (["--server-key", str(tmp_path / "missing.pub")], "cannot be read"),
        (["--server-key", str(tmp_path / "bad.pub")], "bad.pub"),
    ):
        done = validate("tcp://127.0.0.1:1", *arguments)
        assert done.returncode != 0 and text in done.stderr, done.stderr
