"""The daemon and a gateway that is not its own: TLS, logins, and where a password must not be."""

import json
import signal
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import zmq
from daemon import BINARY, SMALL

PASSWORD = "s3cret-of-the-gateway"
STATUS = {"name": "worker", "image": "i", "replicas": 3, "availableReplicas": 3}


class Gateway:
    """A gateway of one function, with or without TLS; keeps what it was sent.

    One that `refuses` shows in its answers the login it got.
    """

    def __init__(self, context: ssl.SSLContext | None = None, refuses: bool = False) -> None:
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        requests = self.requests

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                requests.append((self.command, self.path, dict(self.headers.items())))
                body = json.dumps([STATUS] if self.path.startswith("/system/functions") else STATUS).encode()
                status = 202 if "scale-function" in self.path else 200
                if refuses and self.path.startswith("/system/"):
                    status, body = 401, f"no such login: {self.headers.get('Authorization')} {PASSWORD}".encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = answer  # noqa: N815 - the names are http.server's

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        if context is not None:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self) -> "Gateway":
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate authority of our own, `ca.pem`, and a server's certificate for localhost of it."""
    folder = tmp_path_factory.mktemp("tls")

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=60)

    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Test CA")
    openssl("req", *new, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
    (folder / "names").write_text("subjectAltName=DNS:localhost\n")
    openssl(
        *("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"),
        *("-out", "server.pem", "-days", "2", "-extfile", "names"),
    )
    return folder


@pytest.fixture
def secure(certificates: Path) -> Iterator[Gateway]:
    """A gateway with that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    with Gateway(context) as gateway:
        yield gateway


def _played(endpoint: str) -> list[dict]:
    """The replies to an episode of three steps, as far as it comes."""
    replies = []
    with zmq.Context() as context, context.socket(zmq.REQ) as socket:
        socket.setsockopt(zmq.RCVTIMEO, 30_000)
        socket.setsockopt(zmq.LINGER, 0)
        socket.connect(endpoint)

        def ask(request: dict) -> dict:
            socket.send_json(request)
            replies.append(socket.recv_json())
            return replies[-1]

        scenario = [{"key": "scenario", "value": {"text": SMALL}}]
        made = ask({"make": {"id": "faasfarm/Farm-v0", "kwargs": scenario}})
        if "make" in made:
            session = made["make"]["session_id"]
            ask({"session_id": session, "reset": {}})
            for _ in range(3):
                ask({"session_id": session, "step": {"action": {"integer": 1}}})
            ask({"session_id": session, "close": {}})
    return replies


def _episode(url: str, folder: Path, *arguments: str) -> dict[str, str]:
    """Makes a farm on the gateway and, when it can, plays an episode.

    Returns:
        All texts that came of it: replies, both outputs, the process's command line, and the recording.
    """
    (folder / "password").write_text(PASSWORD + "\n")
    command = [str(BINARY), "serve", "--port", "0", "--format", "json", "--log-level", "trace"]
    command += ["--gateway", url, "--functions", "worker", "--password-file", str(folder / "password")]
    command += ["--record", str(folder / "runs.sqlite"), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    replies: list[dict] = []
    try:
        # Nothing, when what it hears of its gateway keeps it from starting.
        first = process.stdout.readline()
        lines = Path(f"/proc/{process.pid}/cmdline")
        listed = lines.read_bytes().decode() if lines.exists() else " ".join(command)
        if first:
            replies = _played(json.loads(first)["endpoint"])
    finally:
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=20)
    files = b"".join(path.read_bytes() for path in folder.glob("runs.sqlite*"))
    return {
        "replies": json.dumps(replies),
        "output": first + output,
        "errors": errors,
        "process": listed,
        "recording": files.decode("latin-1"),
    }


# The login as it is sent.
ENCODED = "YWRtaW46czNjcmV0LW9mLXRoZS1nYXRld2F5"


def _check_nowhere(texts: dict[str, str], *secrets: str) -> None:
    for place, text in texts.items():
        for secret in secrets:
            assert secret not in text, place


def test_report48_own_authority(secure: Gateway, certificates: Path, tmp_path: Path) -> None:
    """faas-cli#376: with the authority's file the farm runs over TLS."""
    url = f"https://localhost:{secure.port}"
    texts = _episode(url, tmp_path, "--gateway-ca", str(certificates / "ca.pem"))
    assert '"step"' in texts["replies"], texts["replies"]
    assert any(path.startswith("/function/worker") for _, path, _ in secure.requests)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_report48_refused(host: str, secure: Gateway, certificates: Path, tmp_path: Path) -> None:
    """faas-cli#556: an unknown authority, and a certificate of another host, are refused before a login is sent."""
    arguments = ["--gateway-ca", str(certificates / "ca.pem")] if host == "127.0.0.1" else []
    texts = _episode(f"https://{host}:{secure.port}", tmp_path, *arguments)
    assert '"step"' not in texts["replies"]
    assert "certificate" in texts["replies"]
    assert not secure.requests


def test_report50_password_is_nowhere(tmp_path: Path) -> None:
    """faas-netes#271: the password goes to /system/ alone, and is in no reply, output, process list or recording."""
    with Gateway() as gateway:
        texts = _episode(f"http://127.0.0.1:{gateway.port}/base/", tmp_path)
        assert '"step"' in texts["replies"], texts["replies"]
        for _, path, headers in gateway.requests:
            assert path.startswith("/base/") and "//" not in path
            assert ("Authorization" in headers) is path.startswith("/base/system/")
    _check_nowhere(texts, PASSWORD, ENCODED)


def test_password_is_nowhere_when_it_is_refused(tmp_path: Path) -> None:
    """A gateway that refuses the login, and shows it in its answer: the error says what to do without it."""
    with Gateway(refuses=True) as gateway:
        texts = _episode(f"http://127.0.0.1:{gateway.port}", tmp_path)
    assert "refuses the login" in texts["errors"] and not texts["output"]
    _check_nowhere(texts, PASSWORD, ENCODED)


def test_headers_and_query_of_all_tasks(tmp_path: Path) -> None:
    """They are in every call of a function and in nothing else; what is secret in the file is nowhere else."""
    (tmp_path / "headers").write_text("# for the function's own gate\nAuthorization: Bearer t0ken-of-the-function\n\n")
    arguments = ["--task-header", "X-Tenant: 7", "--task-header-file", str(tmp_path / "headers")]
    with Gateway() as gateway:
        url = f"http://127.0.0.1:{gateway.port}"
        texts = _episode(url, tmp_path, *arguments, "--task-query", "mode=fast&name=a%20b")
        assert '"step"' in texts["replies"], texts["replies"]
        calls = [(path, headers) for _, path, headers in gateway.requests if path.startswith("/function/")]
        others = [headers for _, path, headers in gateway.requests if path.startswith("/system/")]
    assert calls and others
    for path, headers in calls:
        assert path == "/function/worker?mode=fast&name=a%20b"
        assert headers["X-Tenant"] == "7"
        assert headers["Authorization"] == "Bearer t0ken-of-the-function"
    assert all("X-Tenant" not in headers and "Bearer" not in headers["Authorization"] for headers in others)
    _check_nowhere(texts, "t0ken-of-the-function", PASSWORD, ENCODED)


@pytest.mark.parametrize(
    "arguments",
    [("--task-header", "no colon"), ("--task-header", "X-Task-Id: mine"), ("--task-query", "?a=b"),
     ("--task-query", "a b"), ("--task-header-file", "bad")],
)  # fmt: skip
def test_headers_and_queries_that_are_refused(arguments: tuple[str, str], tmp_path: Path) -> None:
    """With what was got and what is expected; a line of the file is not shown."""
    (tmp_path / "bad").write_text("s3cret without a colon\n")
    command = [str(BINARY), "serve", "--port", "0", "--gateway", "http://127.0.0.1:9", "--functions", "w", *arguments]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=30)
    assert ended.returncode != 0
    assert arguments[0] in ended.stderr
    assert "s3cret" not in ended.stdout + ended.stderr
