"""Calls through the ingress of functions: byte for byte what they are without it."""

import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from daemon import BINARY, ROOT, Gateway, wait_until
from raw_stub import RawStub, header, read_body, read_head
from receiver import Receiver

from measure.bench.wrk import deploy

STAND = Path(os.environ.get("INGRESS_STAND", ROOT / ".build" / "debug" / "ingress-stand"))


class Ingress:
    """A FunctionIngress of its own, before a gateway."""

    def __init__(self, gateway: str, *options: object, function: str = "worker") -> None:
        command = [STAND, gateway, "--function", function, *options]
        self.process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.url = self.process.stdout.readline().strip()
        assert self.url.startswith("http://"), "the ingress did not begin"
        self.port = int(self.url.rsplit(":", 1)[1])

    def ask(self, line: str) -> dict:
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def call(self, path: str = "/function/worker", method: str = "POST", body: bytes | str = b"", **headers: str):
        """Status, headers and body."""
        return call(self.url, path, method, body, headers)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def __enter__(self) -> "Ingress":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            began = time.monotonic()
            assert self.process.wait(20) == 0
            assert time.monotonic() - began < 10
        self.process.stdin.close()
        self.process.stdout.close()


def call(url: str, path: str, method: str, body: bytes | str, headers: dict[str, str]):
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=60)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body if method not in ("GET", "HEAD") or body else None, named)
        answer = connection.getresponse()
        return answer.status, answer.getheaders(), answer.read()
    finally:
        connection.close()


def raw(port: int, sent: bytes, is_head: bool = False) -> tuple[bytes, bytes]:
    """An answer's head and body as they came."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(sent)
        file = connection.makefile("rb")
        head = read_head(file)
        return head, b"" if is_head else read_body(file, head, is_answer=True)


def lines(head: bytes) -> list[bytes]:
    """All but what frames a body or is of one connection."""
    dropped = (b"transfer-encoding", b"connection", b"keep-alive")
    return [line for line in head.split(b"\r\n") if line.split(b":")[0].lower() not in dropped]


ANSWERS = [
    b"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nContent-Length: 3\r\n\r\nabc",
    b"HTTP/1.1 404 Not Found\r\nX-Empty: \r\nDate: Mon, 01 Jan 2001 00:00:00 GMT\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 500 Internal Server Error\r\nServer: own\r\nContent-Length: 2\r\n\r\n\xff\x00",
    b"HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n",
    b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n',
    b"HTTP/1.1 302 Found\r\nLocation: /elsewhere?a=b\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n5;x=y\r\ndefgh\r\n0\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\nx",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00",
]


@pytest.mark.parametrize("answer", ANSWERS, ids=range(len(ANSWERS)))
def test_answers_come_back_as_they_are(answer: bytes) -> None:
    with RawStub(lambda head, body: answer) as stub, Ingress(stub.url) as ingress:
        sent = b"POST /function/worker HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"
        head, body = raw(ingress.port, sent)
        expected = answer.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
        expected_head, _, rest = expected.partition(b"\r\n\r\n")
        assert lines(head.removesuffix(b"\r\n\r\n")) == lines(expected_head)
        assert body == (b"abcdefgh" if b"chunked" in expected_head else rest)
        assert stub.requests[0][1] == b"hi"


def test_an_answer_that_ends_with_its_connection() -> None:
    answer = b"HTTP/1.1 200 OK\r\nX-A: 1\r\n\r\n" + b"z" * 100_000
    with RawStub(lambda head, body: answer, closes=True) as stub, Ingress(stub.url) as ingress:
        _, body = raw(ingress.port, b"GET /function/worker HTTP/1.1\r\nHost: x\r\n\r\n")
        assert body == b"z" * 100_000


def test_an_answer_that_breaks_off_is_not_taken_for_whole() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n" + b"z" * 500_000
    with RawStub(lambda head, body: answer, closes=True) as stub, Ingress(stub.url) as ingress:
        with pytest.raises(http.client.IncompleteRead):
            ingress.call()
        assert ingress.ask("counts worker")["failures"] == 1


@pytest.mark.parametrize("framing", [b"Content-Length: 12345\r\n", b"Transfer-Encoding: chunked\r\n", b""])
def test_head_has_no_body_and_the_connection_goes_on(framing: bytes) -> None:
    reply = b"HTTP/1.1 200 OK\r\nX-A: 1\r\n" + framing + b"\r\n"
    with RawStub(lambda head, body: reply) as stub, Ingress(stub.url) as ingress, ingress.connect() as caller:
        file = caller.makefile("rb")
        for _ in range(3):
            caller.sendall(b"HEAD /function/worker HTTP/1.1\r\nHost: x\r\n\r\n")
            head = read_head(file)
            assert head.startswith(b"HTTP/1.1 200 OK\r\n"), head
            assert header(head, "content-length") == (["12345"] if b"12345" in framing else [])


def test_requests_go_on_as_they_are() -> None:
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    with RawStub(lambda head, body: reply) as stub, Ingress(stub.url + "/base/") as ingress:
        target = b"/function/worker/a%2Fb/./../c;d=e|f?x=%20&y=1+2&&z"
        sent = (
            b"PROPFIND " + target + b" HTTP/1.1\r\nHost: caller.example\r\nX-Two: 1\r\nx-two: 2\r\nX-Empty:\r\n"
            b"Connection: close, X-Mine\r\nX-Mine: 1\r\nTE: trailers\r\nKeep-Alive: 5\r\nProxy-Authorization: a\r\n"
            b"Authorization: Bearer b\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"
        )
        raw(ingress.port, sent)
        head, body = stub.requests[0]
        assert head.split(b"\r\n")[0] == b"PROPFIND /base" + target + b" HTTP/1.1"
        assert body == b"hello"
        for name, values in {
            "x-two": ["1", "2"], "x-empty": [""], "x-mine": [], "te": [], "keep-alive": [], "proxy-authorization": [],
            "authorization": ["Bearer b"], "x-forwarded-host": ["caller.example"], "accept": [], "user-agent": [],
            "content-type": [], "expect": [],
        }.items():  # fmt: skip
            assert header(head, name) == values, name
        # A request without a body has none on the other side.
        for method, framing in ((b"GET", b""), (b"DELETE", b""), (b"POST", b"Content-Length: 0\r\n")):
            raw(
                ingress.port,
                method + b" /function/worker HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + framing + b"\r\n",
            )
            head, body = stub.requests[-1]
            assert head.startswith(method + b" ")
            assert body == b""
            assert header(head, "content-length") == (["0"] if framing else [])
            assert header(head, "transfer-encoding") == []


@pytest.mark.parametrize("chunked", [False, True])
def test_long_bodies_both_ways(chunked: bool) -> None:
    body = os.urandom(1 << 20) * 10

    def echo(head: bytes, got: bytes) -> bytes:
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(got) + got

    with RawStub(echo) as stub, Ingress(stub.url) as ingress:
        pieces = [body[at : at + 777_777] for at in range(0, len(body), 777_777)]
        status, _, got = ingress.call(body=iter(pieces) if chunked else body)
        assert status == 200
        assert got == body
        framing = header(stub.requests[0][0], "transfer-encoding" if chunked else "content-length")
        assert framing == (["chunked"] if chunked else [str(len(body))])


def test_a_slow_reader_is_not_read_ahead_for() -> None:
    size = 256 << 20

    def long(head: bytes, body: bytes) -> bytes:
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + bytes(size)

    with RawStub(long) as stub, Ingress(stub.url) as ingress:
        caller = ingress.connect()
        caller.sendall(b"GET /function/worker HTTP/1.1\r\nHost: x\r\n\r\n")
        assert caller.recv(1_000)
        time.sleep(1)
        status = Path(f"/proc/{ingress.process.pid}/status").read_text()
        resident = int(status.split("VmHWM:")[1].split()[0])
        assert resident < 150_000, f"{resident} kB are held for a reader that does not read"
        caller.close()
        wait_until(lambda: ingress.ask("counts worker")["gone"] == 1, what="the caller's end")


def test_expect_100_continue() -> None:
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    with RawStub(lambda head, body: reply) as stub, Ingress(stub.url) as ingress, ingress.connect() as caller:
        head = b"PUT /function/worker HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
        caller.sendall(head)
        file = caller.makefile("rb")
        assert read_head(file).startswith(b"HTTP/1.1 100")
        caller.sendall(b"abc")
        assert read_head(file).startswith(b"HTTP/1.1 200")
        assert stub.requests[0][1] == b"abc"


# Also the length: a worker tells in its answer how long it took.
VARYING = {"date", "x-call-id", "x-start-time", "x-duration-seconds", "content-length"}


def test_the_embedded_gateway_answers_the_same_with_and_without() -> None:
    with Gateway() as gateway:
        url = gateway.url
        deploy(url, BINARY, 1)
        with Ingress(url) as ingress:
            for method, path, body in (
                ("POST", "/function/worker/a/b?c=d&e", '{"mode": "sleep", "ms": 1}'),
                ("GET", "/function/worker?x=1", ""), ("HEAD", "/function/worker", ""),
                ("POST", "/function/worker", "no job"), ("POST", "/function/worker", '{"status": 503}'),
                ("PUT", "/function/worker", '{"status": 404}'), ("POST", "/function/nobody", "x"),
                ("POST", "/function/worker.openfaas-fn", '{"ms": 0}'), ("DELETE", "/function/worker", ""),
            ):  # fmt: skip
                ours, theirs = (call(base, path, method, body, {"X-Call-Id": "c"}) for base in (ingress.url, url))
                assert ours[0] == theirs[0], path
                named = [
                    [(name, value) for name, value in answer[1] if name.lower() not in VARYING]
                    for answer in (ours, theirs)
                ]
                assert named[0] == named[1], path
                if body == "" or method == "HEAD" or ours[0] == 404:
                    continue
                bodies = [json.loads(answer[2]) for answer in (ours, theirs)]
                for said in bodies:
                    for key in ("took_ms", "seq"):
                        said.pop(key, None)
                assert bodies[0] == bodies[1], path


class SlowFunction(RawStub):
    """Notes each call by its X-Call-Id when it begins, and answers a while later."""

    def __init__(self, seconds: float) -> None:
        self.begun: list[str] = []

        def answer(head: bytes, body: bytes) -> bytes:
            self.begun.append(header(head, "x-call-id")[0])
            time.sleep(seconds)
            return b"HTTP/1.1 200 OK\r\nX-Mine: 1\r\nContent-Length: %d\r\n\r\n" % len(body) + body

        super().__init__(answer)


@pytest.mark.parametrize("way", ["async-function", "prefer"])
def test_a_call_is_accepted_and_made_later(tmp_path: Path, way: str) -> None:
    options = ["--file", tmp_path / "calls.sqlite"]
    with Receiver() as receiver, SlowFunction(0.05) as stub, Ingress(stub.url, *options) as ingress:
        ingress.ask("ready worker 0")
        path = "/async-function/worker/p?q=1" if way == "async-function" else "/function/worker/p?q=1"
        more = {} if way == "async-function" else {"Prefer": "respond-async"}
        status, headers, _ = ingress.call(
            path, body="later", X_Callback_Url=receiver.url + "/done", X_Call_Id="mine", X_Own="1", **more
        )
        assert status == 202
        headers = dict(headers)
        assert headers["X-Call-Id"] == "mine"
        place = headers["Location"]
        assert ingress.call(place, "GET")[0] == 202
        assert stub.begun == []
        ingress.ask("ready worker 1")
        wait_until(lambda: ingress.call(place, "GET")[0] == 200, what="the result")
        status, headers, body = ingress.call(place, "GET")
        assert (body, dict(headers)["X-Mine"]) == (b"later", "1")
        head, _ = stub.requests[0]
        assert head.startswith(b"POST /function/worker/p?q=1 HTTP/1.1")
        assert header(head, "x-own") == ["1"]
        assert header(head, "x-callback-url") == header(head, "prefer") == []
        posted = receiver.take("/done")
        assert posted.body == b"later"
        for name, value in (
            ("X-Call-Id", "mine"), ("X-Function-Name", "worker"), ("X-Function-Status", "200"), ("X-Mine", "1"),
        ):  # fmt: skip
            assert posted.headers[name.lower()] == value
        assert float(posted.headers["x-duration-seconds"]) >= 0.05
        assert ingress.call("/async-function-result/nothing", "GET")[0] == 404
        assert ingress.call("/async-function/worker", "GET")[0] == 405
        assert ingress.call("/async-function/worker", X_Callback_Url="nowhere")[0] == 400
        counts = ingress.ask("counts worker")
        assert (counts["arrivals"], counts["completions"], counts["met"]) == (1, 1, 1)


@pytest.mark.parametrize("once", [False, True], ids=["repeatable", "once"])
def test_kill_9_loses_no_call_that_was_accepted(tmp_path: Path, once: bool) -> None:
    file = tmp_path / "calls.sqlite"
    options = ["--file", file, "--deadline", 60, "--ready", 3, *(["--once"] if once else [])]
    with SlowFunction(0.03) as stub:
        places: dict[str, str] = {}
        lock = threading.Lock()
        number = 0

        def accept(name: str) -> None:
            status, headers, _ = ingress.call("/async-function/worker", body=name, X_Call_Id=name)
            assert status == 202
            with lock:
                places[name] = dict(headers)["Location"]

        repeated = interrupted = 0
        for round_ in range(4):
            with Ingress(stub.url, *options) as ingress:
                counts = ingress.ask("counts worker")
                repeated += counts["repeated"]
                interrupted += counts["interrupted"]
                with ThreadPoolExecutor(16) as pool:
                    names = [f"call-{number + index}" for index in range(60)]
                    number += 60
                    calls = [pool.submit(accept, name) for name in names]
                    time.sleep(0.15)
                    if round_ < 3:
                        ingress.kill()
                    # Those that were not answered were not accepted.
                    for one in calls:
                        one.exception()
                if round_ == 3:
                    wait_until(
                        lambda: all(ingress.call(place, "GET")[0] in (200, 410) for place in places.values()),
                        seconds=60, what="the end of all calls",
                    )  # fmt: skip
                    results = {name: ingress.call(place, "GET") for name, place in places.items()}
        assert len(places) >= 60
        given_up = {name for name, result in results.items() if result[0] == 410}
        for name, result in results.items():
            if name not in given_up:
                assert result[2] == name.encode()
        twice = {name for name in places if stub.begun.count(name) > 1}
        never = {name for name in places if stub.begun.count(name) == 0}
        assert never <= given_up
        assert max(stub.begun.count(name) for name in places) <= 4
        if once:
            assert not twice and repeated == 0
            # Calls may be in the file that nobody was told of.
            assert len(given_up) <= interrupted <= 9
            assert interrupted > 0
        else:
            assert not given_up and interrupted == 0
            assert len(twice) <= repeated <= 9
            assert repeated > 0


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.sqlite"
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE notes (text)")
    said = subprocess.run(
        [STAND, "http://127.0.0.1:1", "--function", "worker", "--file", file],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert said.returncode != 0
    assert "holds something else" in said.stderr
