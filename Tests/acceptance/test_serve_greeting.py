"""What `faasfarm serve` says of its gateway when it starts, before anybody resets a farm."""

import base64
import socket
import subprocess
import time

import pytest
from daemon import BINARY
from test_doctor import WELL, gateway


class Started:
    """A daemon on a gateway: whether it serves, and what it says within two seconds of its own."""

    def __init__(self, url: str, *arguments: str) -> None:
        begun = time.monotonic()
        command = [
            str(BINARY),
            "serve",
            "--port",
            "0",
            "--gateway",
            url,
            "--functions",
            "worker-1,worker-2",
            *arguments,
        ]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            self.serves = "listening on" in process.stdout.readline()
            self.seconds = time.monotonic() - begun
            process.terminate()
            self.said = process.communicate(timeout=10)[1]
            self.status = process.returncode
        finally:
            process.kill()
            process.wait()


def test_a_gateway_that_is_well_is_no_subject() -> None:
    with gateway(WELL) as url:
        started = Started(url)
    assert started.serves and "gateway" not in started.said.replace("--gateway", ""), started.said


def test_a_login_that_is_refused_keeps_the_daemon_from_starting(tmp_path) -> None:
    (tmp_path / "wrong").write_text("wrong")
    with gateway(WELL, password=base64.b64encode(b"admin:right").decode()) as url:
        started = Started(url, "--password-file", str(tmp_path / "wrong"))
    assert not started.serves and started.status not in (0, None)
    assert "refuses the login" in started.said


def test_a_gateway_that_is_away_is_told_at_once_and_waited_for() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        refusing = Started(f"http://127.0.0.1:{holder.getsockname()[1]}")
    with socket.create_server(("127.0.0.1", 0)) as mute:
        silent = Started(f"http://127.0.0.1:{mute.getsockname()[1]}")
    for started in (refusing, silent):
        assert started.serves and "the gateway cannot be used now" in started.said, started.said
    assert silent.seconds < 10


def test_a_function_that_is_missing_and_a_label_that_stops_calls_are_told() -> None:
    labelled = [{"name": "worker-2", "labels": {"com.openfaas.scale.factor": "0"}}, {"name": "other"}]
    with gateway(WELL | {"/system/functions": (200, labelled)}) as url:
        started = Started(url)
    assert started.serves
    assert "has no function worker-1; it has: other, worker-2" in started.said
    assert 'worker-2 has the label com.openfaas.scale.factor "0"' in started.said


def test_a_gateway_without_its_prometheus_is_told() -> None:
    with gateway(WELL | {"/system/functions": None}) as url:
        started = Started(url)
    assert started.serves and "Prometheus" in started.said


@pytest.mark.parametrize("file", ["absent", "."])
def test_a_file_of_authorities_that_cannot_be_read_is_told(tmp_path, file: str) -> None:
    command = [str(BINARY), "serve", "--port", "0", "--gateway", "https://127.0.0.1:1", "--functions", "w"]
    done = subprocess.run(
        [*command, "--gateway-ca", str(tmp_path / file)], capture_output=True, text=True, timeout=20, check=False
    )
    assert done.returncode not in (0, 1) and "--gateway-ca" in done.stderr
