"""A server that answers each request with bytes as they are given, and keeps the bytes that came."""

import contextlib
import socket
import threading
from collections.abc import Callable


class RawStub:
    """Answers with `answer(head, body)`; the answer ends the connection where `closes`."""

    def __init__(self, answer: Callable[[bytes, bytes], bytes], closes: bool = False) -> None:
        self._answer, self._closes = answer, closes
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests: list[tuple[bytes, bytes]] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            file = connection.makefile("rb")
            while head := read_head(file):
                body = read_body(file, head)
                self.requests.append((head, body))
                connection.sendall(self._answer(head, body))
                if self._closes:
                    return

    def end(self) -> None:
        self._listener.close()

    def __enter__(self) -> "RawStub":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()


def header(head: bytes, name: str) -> list[str]:
    """The values of a header, in order."""
    lines = head.decode("latin-1").split("\r\n")[1:]
    return [line.split(":", 1)[1].strip() for line in lines if line.lower().startswith(name.lower() + ":")]


def read_head(file) -> bytes:
    """Up to the empty line, with it; empty where the connection ended."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = file.readline()
        if not line:
            return b""
        head += line
    return head


def read_body(file, head: bytes, is_answer: bool = False) -> bytes:
    """A body, by its length or in chunks; of an answer without either, until the connection ends."""
    if header(head, "transfer-encoding") == ["chunked"]:
        body = b""
        while size := int(file.readline().split(b";")[0], 16):
            body += file.read(size)
            file.readline()
        while file.readline() not in (b"\r\n", b""):
            pass
        return body
    length = header(head, "content-length")
    if length:
        return file.read(int(length[0]))
    return file.read() if is_answer else b""
