"""KEDA's external scaler, asked as KEDA asks: by Python's gRPC, in KEDA's order of calls."""

import http.client
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from daemon import PROMPT, ROOT
from keda import HPA, Board

from measure.keda import ScaledObject, Scaler
from measure.keda.externalscaler_pb2 import ScaledObjectRef
from measure.soak.keda import rounds


@pytest.fixture
def board() -> Iterator[Board]:
    with Board() as board:
        yield board


def unavailable(call, *arguments: object) -> str:
    with pytest.raises(grpc.RpcError) as refusal:
        call(*arguments)
    assert refusal.value.code() is grpc.StatusCode.UNAVAILABLE, refusal.value
    return refusal.value.details()


def test_many_scaled_objects_get_the_numbers_of_their_functions(board: Board) -> None:
    for number in range(10):
        board.post(function=f"f{number}", workers=number)
    with board.scaler() as scaler:
        objects = [ScaledObject(scaler, f"object-{n}", {"function": f"f{n}", "scalerAddress": "x"}) for n in range(10)]
        assert {(each.spec.targetSize, each.spec.targetSizeFloat) for each in objects} == {(1, 1.0)}
        for _ in range(2):
            assert [each.poll() for each in objects] == [(number, number > 0) for number in range(10)]
        # Without metadata the function has the ScaledObject's name.
        assert ScaledObject(scaler, "f7").poll() == (7, True)
        with pytest.raises(grpc.RpcError) as refusal:
            ScaledObject(scaler, "f7", {"functoin": "f7"})
        assert refusal.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert "expected is" in refusal.value.details()


def test_what_is_measured_is_answered_rightly(board: Board) -> None:
    """The code of `make soak`, small: 10 ScaledObjects with a stream each, polled one by one and all at once."""

    def post(lines: list[dict]) -> None:
        for line in lines:
            board.post(**line)

    calls, at_once = rounds(board.announced["keda"], post, objects=10, polls=2)
    # GetMetricSpec, then GetMetrics and IsActive a poll.
    assert (len(calls), len(at_once)) == (10 + 2 * 2 * 10, 2)


def test_for_want_of_knowledge_there_is_no_number_and_no_word_of_idleness(board: Board) -> None:
    with board.scaler() as scaler:
        each = ScaledObject(scaler, "f")
        assert "no function" in unavailable(each.poll)
        board.post(function="f", workers=5, author="fallback")
        assert each.poll() == (5, True)
        board.post(function="f", workers=0, age=31)
        assert "31 s old" in unavailable(each.poll)
        assert "31 s old" in unavailable(scaler.is_active, each.reference)
        board.post(function="f", workers=0, author="nobody", fault="it hangs")
        assert "it hangs" in unavailable(each.poll)
        board.post(function="f", workers=0)
        assert each.poll() == (0, False)
        board.post(stop=True)
        assert "about to end" in unavailable(each.poll)


def test_the_streams_tell_the_state_at_once_then_each_change_and_end_with_steering(board: Board) -> None:
    with board.scaler() as scaler:
        reference = ScaledObjectRef(name="f", namespace="default")
        assert "no function" in unavailable(next, scaler.stream_is_active(reference, timeout=PROMPT))
        board.post(function="f", workers=3)
        active = scaler.stream_is_active(reference, timeout=60)
        specs = scaler.stream_metric_spec(reference, timeout=60)
        assert next(active).result is True
        assert [spec.targetSizeFloat for spec in next(specs).metricSpecs] == [1.0]
        # What changes nothing, and what is not known, is not told; the next word is of the change.
        board.post(function="other", workers=0)
        board.post(function="f", workers=4)
        board.post(function="f", workers=0, age=31)
        board.post(function="f", workers=0)
        assert next(active).result is False
        board.post(function="f", workers=1)
        assert next(active).result is True
        # A caller that goes leaves others theirs.
        gone = scaler.stream_is_active(reference, timeout=60)
        assert next(gone).result is True
        gone.cancel()
        board.post(function="f", workers=0)
        assert next(active).result is False
        begun = time.monotonic()
        board.process.terminate()
        assert board.process.wait(timeout=PROMPT) == 0
        assert time.monotonic() - begun < 2, "an open stream holds the end up"
        assert "about to end" in unavailable(next, active)
        assert "about to end" in unavailable(next, specs)


def test_at_tolerance_0_replicas_follow_within_a_poll(board: Board) -> None:
    wanted = [10, 11, 12, 11, 10, 30, 33, 31, 1]
    with board.scaler() as scaler:
        board.post(function="f", workers=10)
        each = ScaledObject(scaler, "f")
        hpa = HPA(replicas=10, tolerance=0)
        followed = []
        for number in wanted:
            board.post(function="f", workers=number)
            followed.append(hpa.sync(each.poll()[0]))
        assert followed == wanted


def test_at_the_usual_tolerance_the_documented_tenth_never_happens(board: Board) -> None:
    """docs/steering.md: from ten replicas on, one more or one fewer never happens."""
    sentence = "from ten replicas on one more or one fewer never happens"
    assert sentence in " ".join((ROOT / "docs" / "steering.md").read_text().split())
    with board.scaler() as scaler:
        board.post(function="f", workers=10)
        each = ScaledObject(scaler, "f")

        def after(replicas: int, asked: int) -> int:
            board.post(function="f", workers=asked)
            return HPA(replicas=replicas, tolerance=0.1).sync(each.poll()[0])

        for replicas in (10, 11, 30):
            assert [after(replicas, replicas + change) for change in (-1, 0, 1)] == [replicas] * 3
        assert [after(9, 10), after(9, 8)] == [10, 8]
        assert [after(30, 33), after(30, 34)] == [30, 34]


def test_the_stabilisation_window_keeps_the_highest(board: Board) -> None:
    with board.scaler() as scaler:
        board.post(function="f", workers=8)
        each = ScaledObject(scaler, "f")
        hpa = HPA(replicas=8, tolerance=0, stabilisation=2)
        replicas = []
        for number in (8, 3, 3, 3, 9, 2):
            board.post(function="f", workers=number)
            replicas.append(hpa.sync(each.poll()[0]))
        assert replicas == [8, 8, 8, 3, 9, 9]


def get(address: str, path: str) -> tuple[int, str]:
    host, port = address.split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=PROMPT)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def test_gauge_and_json_tell_the_same(board: Board) -> None:
    board.post(function="f", workers=3)
    status, text = get(board.announced["numbers"], "/steering/f")
    assert (status, json.loads(text)["workers"]) == (200, 3)
    assert 'faasfarm_steering_workers{function="f"} 3\n' in get(board.announced["metrics"], "/metrics")[1]
    board.post(function="f", workers=0, age=31)
    status, text = get(board.announced["numbers"], "/steering/f")
    assert status == 503
    assert "31 s old" in json.loads(text)["reason"]
    assert 'faasfarm_steering_workers{function="f"}' not in get(board.announced["metrics"], "/metrics")[1]


def test_bytes_that_are_no_call_harm_nobody(board: Board) -> None:
    board.post(function="f", workers=3)
    host, port = board.announced["keda"].split(":")
    with board.scaler() as scaler:
        each = ScaledObject(scaler, "f")
        for rubbish in (
            b"",
            b"GET / HTTP/1.1\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 64,
            b"\x16\x03" * 50,
        ):
            with socket.create_connection((host, int(port)), timeout=PROMPT) as connection:
                connection.sendall(rubbish)
        with pytest.raises(grpc.RpcError) as refusal:
            scaler.is_active(ScaledObjectRef(name="f", scalerMetadata={"x": "y" * 100_000}))
        # Too long a message: the library resets its stream.
        assert refusal.value.code() in (grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.CANCELLED)
        assert each.poll() == (3, True)


def openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=60)


def certificate(folder: Path, name: str, authority: str) -> None:
    """NAME.crt and NAME.key, of AUTHORITY.crt, for the host 127.0.0.1."""
    openssl(folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key",
            "-out", f"{name}.csr", "-subj", f"/CN={name}")  # fmt: skip
    (folder / "host").write_text("subjectAltName=IP:127.0.0.1\n")
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.crt", "-CAkey", f"{authority}.key",
            "-CAcreateserial", "-days", "1", "-extfile", "host", "-out", f"{name}.crt")  # fmt: skip


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_with_tls_only_clients_of_the_named_authority_are_heard(tmp_path: Path) -> None:
    for authority in ("ca", "foreign"):
        openssl(tmp_path, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-days", "1", "-keyout", f"{authority}.key", "-out", f"{authority}.crt",
                "-subj", f"/CN={authority}")  # fmt: skip
    certificate(tmp_path, "server", "ca")
    certificate(tmp_path, "keda", "ca")
    certificate(tmp_path, "stranger", "foreign")
    read = lambda name: (tmp_path / name).read_bytes()  # noqa: E731
    with Board(tmp_path / "server.crt", tmp_path / "server.key", tmp_path / "ca.crt") as board:
        board.post(function="f", workers=3)
        address = board.announced["keda"]

        def poll(**files: bytes) -> tuple[float, bool]:
            with Scaler(address, grpc.ssl_channel_credentials(read("ca.crt"), **files)) as scaler:
                return ScaledObject(scaler, "f").poll()

        known = {"private_key": read("keda.key"), "certificate_chain": read("keda.crt")}
        assert poll(**known) == (3, True)
        unavailable(poll)
        unavailable(lambda: poll(private_key=read("stranger.key"), certificate_chain=read("stranger.crt")))
        with Scaler(address) as plain, pytest.raises(grpc.RpcError):
            ScaledObject(plain, "f")
        # Those refusals cost nobody else anything.
        assert poll(**known) == (3, True)
