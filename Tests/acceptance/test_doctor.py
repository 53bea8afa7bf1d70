"""`faasfarm doctor`: what it says of daemons, keys, gateways, clocks and disks that are well, and of others."""

import base64
import contextlib
import http.server
import json
import os
import resource
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path

import pytest
import zmq
from daemon import BINARY, Daemon

# Nothing listens there in a test; each gives its own endpoint where that is the subject.
NOWHERE = "tcp://127.0.0.1:0"


class Report:
    """What the doctor said, as JSON."""

    def __init__(self, *arguments: object, endpoint: str = NOWHERE) -> None:
        command = [str(BINARY), "doctor", "--format", "json", "--endpoint", endpoint, *map(str, arguments)]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert ended.stdout, ended.stderr
        content = json.loads(ended.stdout)
        self.checks = {one["check"]: (one["status"], one["message"]) for one in content["checks"]}
        assert all("\n" not in message for _, message in self.checks.values())
        failed = any(status == "FAIL" for status, _ in self.checks.values())
        assert content["ok"] is not failed
        assert ended.returncode == (1 if failed else 0)

    def expect(self, check: str, status: str, *words: str) -> None:
        assert self.checks[check][0] == status, self.checks[check]
        for word in words:
            assert word in self.checks[check][1], self.checks[check]


@contextlib.contextmanager
def gateway(replies: dict[str, object], date: str | None = None, password: str | None = None) -> Iterator[str]:
    """A gateway with prepared replies by path, which says it is `date`.

    A reply is a status and a content, or what gives them; None: the connection ends without an answer.
    """

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            self.rfile.read(length)
            refused = password is not None and self.path.startswith("/system/")
            if refused and not self.headers.get("Authorization", "").endswith(password):
                status, content = 401, "unauthorized"
            else:
                reply = replies.get(self.path, (404, "not found"))
                reply = reply() if callable(reply) else reply
                if reply is None:
                    self.close_connection = True
                    return
                status, content = reply
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def date_time_string(self, timestamp: float | None = None) -> str:
            return date or formatdate(timestamp, usegmt=True)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


WELL = {
    "/healthz": (200, "OK"),
    "/system/functions": (200, [{"name": "worker-1"}, {"name": "worker-2"}]),
    "/system/function/worker-1": (200, {"name": "worker-1", "replicas": 3, "availableReplicas": 2}),
    "/system/function/worker-2": (200, {"name": "worker-2", "replicas": 1, "availableReplicas": 1}),
    "/function/worker-1": (200, {"id": "doctor"}),
    "/function/worker-2": (500, "out of order"),
}


@pytest.fixture(scope="module")
def keys(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("doctor") / "keys"
    subprocess.run([str(BINARY), "keys", str(folder)], check=True, capture_output=True, timeout=30)
    return folder


def test_a_machine_that_is_well(tmp_path) -> None:
    report = Report("--record", tmp_path / "episodes.sqlite")
    report.expect("libzmq", "OK", ".", "CURVE")
    report.expect("libcurl", "OK", ".")
    version = tuple(map(int, sqlite3.sqlite_version.split(".")))
    is_sound = version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)
    report.expect("SQLite", "OK" if is_sound else "WARN", sqlite3.sqlite_version, *([] if is_sound else ["WAL-reset"]))
    report.expect("descriptors", report.checks["descriptors"][0], "open files")
    report.expect("endpoint", "OK", "a daemon can")
    report.expect("worker process", "OK", "did a task")
    report.expect("clock", "OK", "monotonic")
    report.expect("recording", "OK", "MiB are free")
    report.expect("gateway", "SKIP")
    assert list(tmp_path.iterdir()) == []


def test_text_has_a_line_a_check() -> None:
    command = [str(BINARY), "doctor", "--endpoint", "nonsense"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    lines = ended.stdout.splitlines()
    assert {"OK", "FAIL", "SKIP"} <= {line.split()[0] for line in lines} <= {"OK", "FAIL", "SKIP", "WARN"}
    assert [line for line in lines if line.startswith("FAIL")][0].split()[1] == "endpoint"


def test_a_daemon_that_answers_is_named_with_its_version() -> None:
    version = subprocess.run([str(BINARY), "--version"], capture_output=True, text=True, check=True).stdout.strip()
    with Daemon() as daemon:
        Report(endpoint=daemon.endpoint).expect("endpoint", "OK", f"faasfarm {version} answers", "protocol 1")


def test_endpoints_that_are_wrong_say_why(tmp_path) -> None:
    (tmp_path / "file").write_text("work")
    with socket.create_server(("127.0.0.1", 0)) as mute:
        for endpoint, words in [
            ("tcp://127.0.0.1", ["expected tcp://HOST:PORT or ipc://PATH"]),
            ("tcp://::1:5555", ["brackets", "tcp://[::1]:5555"]),
            ("http://127.0.0.1:5555", ["expected tcp://HOST:PORT or ipc://PATH"]),
            ("tcp://no-such-host.invalid:5555", ["no-such-host.invalid", "stands for no address"]),
            (f"tcp://127.0.0.1:{mute.getsockname()[1]}", ["did not answer within"]),
            (f"ipc://{tmp_path}/file", ["is no socket"]),
            (f"ipc://{tmp_path}/absent/socket", ["absent"]),
        ]:
            Report("--timeout", "0.5", endpoint=endpoint).expect("endpoint", "FAIL", *words)
    assert (tmp_path / "file").read_text() == "work"


def test_a_daemon_that_is_asked_for_and_is_not_there_fails(tmp_path) -> None:
    with socket.socket() as holder:
        # Bound and not listening: connections are refused, and nobody else gets the port.
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
    dead = Report(endpoint=f"tcp://127.0.0.1:{port}")
    dead.expect("endpoint", "FAIL", "nobody listens there now", "no daemon answers", f"127.0.0.1:{port}")
    path = tmp_path / "farm"
    Report(endpoint=f"ipc://{path}").expect("endpoint", "FAIL", "nobody listens there now")
    assert not path.exists()
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(path))
    Report("--timeout", "0.5", endpoint=f"ipc://{path}").expect("endpoint", "FAIL", "nobody answers there now")


@pytest.mark.parametrize("has_keys", [False, True])
@pytest.mark.parametrize("form", ["tcp://127.0.0.1:0", "tcp://[::1]:0", "tcp://localhost:0", "ipc://{}/farm"])
def test_doctor_and_validate_reach_a_daemon_wherever_it_listens(keys, tmp_path, form: str, has_keys: bool) -> None:
    server = ["--server-key", str(keys / "server.key"), "--allow-clients", str(keys)] if has_keys else []
    client = ["--server-key", str(keys / "server.pub"), "--client-key", str(keys / "client.key")] if has_keys else []
    command = [str(BINARY), "serve", "--endpoint", form.format(tmp_path), "--format", "json", *server]
    daemon = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        endpoint = json.loads(daemon.stdout.readline())["endpoint"]
        if "localhost" in form:
            endpoint = endpoint.replace("127.0.0.1", "localhost")
        Report(*client, endpoint=endpoint).expect("endpoint", "OK", "answers")
        # The Swift client.
        validated = [
            str(BINARY),
            "validate",
            endpoint,
            "--env",
            "faasfarm/CartPole-v1",
            "--only",
            "json/reply",
            *client,
        ]
        done = subprocess.run(validated, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    finally:
        daemon.terminate()
        daemon.wait(10)
        daemon.stdout.close()


def test_other_programs_on_the_port_are_told_from_daemons() -> None:
    with gateway({}) as web:
        Report("--timeout", "1", endpoint=web.replace("http", "tcp")).expect("endpoint", "FAIL", "speaks no ZeroMQ")
    context = zmq.Context()
    other = context.socket(zmq.ROUTER)
    port = other.bind_to_random_port("tcp://127.0.0.1")
    Report("--timeout", "0.5", endpoint=f"tcp://127.0.0.1:{port}").expect("endpoint", "FAIL", "did not answer hello")
    other.close(linger=0)
    context.term()


def test_keys_that_do_not_fit_are_told_apart(keys, tmp_path) -> None:
    stranger = tmp_path / "stranger"
    subprocess.run([str(BINARY), "keys", str(stranger)], check=True, capture_output=True, timeout=30)
    with Daemon("--server-key", str(keys / "server.key"), "--allow-clients", str(keys)) as daemon:

        def look(*arguments: object) -> Report:
            return Report(*arguments, endpoint=daemon.endpoint)

        fits = look("--server-key", keys / "server.pub", "--client-key", keys / "client.key")
        fits.expect("endpoint", "OK", "answers")
        refused = (stranger / "client.pub").read_text().strip()
        unknown = look("--server-key", keys / "server.pub", "--client-key", stranger / "client.key")
        unknown.expect("endpoint", "FAIL", "does not allow the key", refused)
        wrong = look("--server-key", stranger / "server.pub", "--client-key", keys / "client.key")
        wrong.expect("endpoint", "FAIL", "another than the one of --server-key")
        look().expect("endpoint", "FAIL", "wants keys")
    look_at_none = Report("--server-key", tmp_path / "absent")
    look_at_none.expect("endpoint", "FAIL", "absent cannot be read")


def test_a_gateway_with_its_functions() -> None:
    with gateway(WELL) as url:
        report = Report("--gateway", url, "--functions", "worker-1, worker-2,worker-3")
    report.expect("gateway", "OK", url)
    report.expect("password", "OK", "none is asked for", "functions there: 2")
    report.expect("gateway's clock", "OK")
    report.expect("function worker-1", "OK", "2 of 3 replicas ready", "answered in")
    report.expect("function worker-2", "FAIL", "1 of 1 replicas ready", "status 500")
    report.expect("function worker-3", "FAIL", "no such function", "worker-1, worker-2")
    report.expect("worker process", "SKIP")


def test_the_label_that_stops_every_call_is_named() -> None:
    labelled = {"name": "worker-1", "replicas": 1, "availableReplicas": 1}
    labelled |= {"labels": {"com.openfaas.scale.factor": "0"}}
    refused = (404, "error finding function worker-1.openfaas-fn: bad scaling factor: 0, is not in range of [0 - 100]")
    for answer, check, status in [
        (refused, "function worker-1", "FAIL"),
        (WELL["/function/worker-1"], "function worker-1, label", "WARN"),
    ]:
        replies = WELL | {"/system/function/worker-1": (200, labelled), "/function/worker-1": answer}
        with gateway(replies) as url:
            report = Report("--gateway", url, "--functions", "worker-1")
        report.expect(check, status, "com.openfaas.scale.factor", "alertmanager.create: false")


def test_a_gateway_without_its_prometheus_is_told_from_a_short_write_timeout() -> None:
    with gateway(WELL | {"/system/functions": None}) as url:
        report = Report("--gateway", url, "--functions", "worker-1")
    report.expect("password", "FAIL", "broke off GET /system/functions", "Prometheus")
    with gateway(WELL | {"/function/worker-1": None}) as url:
        report = Report("--gateway", url, "--functions", "worker-1", "--task-seconds", "20")
    report.expect("function worker-1", "FAIL", "write_timeout", "a task of 20.0 s")


def test_a_function_on_faasd_without_its_interval_is_named() -> None:
    function = {"name": "worker-1", "replicas": 1, "availableReplicas": 1}
    info = {"provider": {"provider": "faasd", "orchestration": "containerd"}}
    for variables, warns in [({"exec_timeout": "65s"}, True), ({"healthcheck_interval": "1s"}, False)]:
        described = (200, function | {"envVars": variables})
        with gateway(WELL | {"/system/info": (200, info), "/system/function/worker-1": described}) as url:
            report = Report("--gateway", url, "--functions", "worker-1")
        report.expect("function worker-1", "OK")
        assert ("function worker-1, deletion" in report.checks) is warns
    assert warns is False


@pytest.mark.parametrize(("finishes", "status"), [(True, "OK"), (False, "FAIL")])
def test_a_function_that_does_not_finish_its_task_on_sigterm_is_named(finishes: bool, status: str) -> None:
    scaled, calls = threading.Event(), []

    def scale() -> tuple[int, str]:
        scaled.set()
        return 202, ""

    def call() -> tuple[int, object]:
        calls.append(1)
        if len(calls) == 1:
            return 200, {"id": "doctor"}
        assert scaled.wait(10)
        return (200, {"id": "doctor"}) if finishes else (500, "")

    replies = WELL | {"/system/scale-function/worker-1": scale, "/function/worker-1": call}
    with gateway(replies) as url:
        report = Report("--gateway", url, "--functions", "worker-1", "--try-stop")
    report.expect("function worker-1", "OK")
    report.expect("function worker-1, stop", status, "task of 2.0 s" if finishes else "SIGTERM")


@pytest.mark.parametrize(
    ("soft", "hard", "workers", "status"),
    [(256, 2048, 300, "OK"), (256, 256, 300, "FAIL"), (256, 256, 100, "OK"), (256, 256, None, "WARN")],
)
def test_descriptors_are_compared_with_the_workers(soft: int, hard: int, workers: int | None, status: str) -> None:
    command = [str(BINARY), "doctor", "--format", "json", "--endpoint", NOWHERE]
    command += [] if workers is None else ["--workers", str(workers)]

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, preexec_fn=limit)
    (found,) = [one for one in json.loads(ended.stdout)["checks"] if one["check"] == "descriptors"]
    assert found["status"] == status, found
    assert ("hard limit" in found["message"]) is (status != "OK")


def test_passwords(tmp_path) -> None:
    (tmp_path / "right").write_text("c2VjcmV0\n")
    (tmp_path / "empty").write_text("\n")
    # The stub compares the end of the encoded login: that of admin:c2VjcmV0.
    login = base64.b64encode(b"admin:c2VjcmV0").decode()
    (tmp_path / "wrong").write_text("another")
    with gateway(WELL, password=login) as url:
        ask = ("--gateway", url, "--functions", "worker-1")
        right = Report(*ask, "--password-file", tmp_path / "right")
        right.expect("password", "OK", "accepted")
        right.expect("function worker-1", "OK")
        wrong = Report(*ask, "--password-file", tmp_path / "wrong")
        wrong.expect("password", "FAIL", "refuses the login")
        wrong.expect("function worker-1", "SKIP")
        assert all("another" not in message for _, message in wrong.checks.values())
        Report(*ask).expect("password", "FAIL", "--password-file")
        Report(*ask, "--password-file", tmp_path / "empty").expect("gateway", "FAIL", "holds no password")


@pytest.mark.parametrize(("seconds", "word"), [(-60, "ahead of"), (60, "behind")])
def test_a_clock_that_is_off_is_noticed(seconds: int, word: str) -> None:
    with gateway(WELL, date=formatdate(time.time() + seconds, usegmt=True)) as url:
        Report("--gateway", url).expect("gateway's clock", "FAIL", word)


def test_a_gateway_that_is_not_there() -> None:
    with socket.socket() as holder:
        # Bound and not listening: connections are refused, and nobody else gets the port.
        holder.bind(("127.0.0.1", 0))
        report = Report("--gateway", f"http://127.0.0.1:{holder.getsockname()[1]}", "--functions", "worker-1")
    report.expect("gateway", "FAIL", "check that the gateway runs")
    for check in ("password", "gateway's clock", "function worker-1"):
        report.expect(check, "SKIP")
    Report("--gateway", "gateway:8080").expect("gateway", "FAIL", "no gateway address")


def test_recordings(tmp_path) -> None:
    (tmp_path / "notes").write_text("no database, and long enough to be looked at\n" * 100)
    (tmp_path / "empty").write_text("")
    good = tmp_path / "episodes.sqlite"
    with Daemon("--record", str(good)):
        pass
    Report("--record", good).expect("recording", "OK")
    Report("--record", tmp_path / "empty").expect("recording", "OK")
    Report("--record", tmp_path / "notes").expect("recording", "FAIL", "notes")
    Report("--record", tmp_path / "absent" / "x").expect("recording", "FAIL", "make the folder")
    # SQLite's own files beside a recording stay while it is only read.
    left = [name for name in os.listdir(tmp_path) if not name.endswith(("-wal", "-shm"))]
    assert sorted(left) == ["empty", good.name, "notes"]


def test_options_that_make_no_sense_are_refused(keys) -> None:
    for arguments in [
        ("--functions", "worker-1"),
        ("--client-key", str(keys / "client.key")),
        ("--timeout", "0"),
        ("--workers", "0"),
        ("--try-stop",),
        ("--task-seconds", "nan"),
    ]:
        ended = subprocess.run([str(BINARY), "doctor", *arguments], capture_output=True, timeout=30, check=False)
        assert ended.returncode not in (0, 1) and ended.stdout == b""
