"""A gateway of one function whose replicas do nothing but wait: hundreds of workers without a process each."""

import asyncio
import json
import threading
from typing import Any


class StubGateway:
    """Serves `/system/` and `/function/worker` on a free port, on a thread of its own, until the context ends."""

    def __init__(self, replicas: int, seconds: float) -> None:
        """The function has `replicas` replicas, and each call takes `seconds`."""
        self.replicas = replicas
        self.seconds = seconds
        self.calls = 0
        self.loop = asyncio.new_event_loop()
        self.port = 0
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "StubGateway":
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self._connection, "127.0.0.1", 0, backlog=4096))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self.loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self.loop.close()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                lengths = [line.split(":")[1] for line in head if line.lower().startswith("content-length:")]
                body = await reader.readexactly(int(lengths[0])) if lengths else b""
                status, answer = await self._answer(head[0].split()[1], body)
                data = json.dumps(answer).encode() if answer is not None else b""
                writer.write(b"HTTP/1.1 %d Stub\r\nContent-Length: %d\r\n\r\n" % (status, len(data)) + data)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, path: str, body: bytes) -> tuple[int, Any]:
        if path.startswith("/function/"):
            self.calls += 1
            await asyncio.sleep(self.seconds)
            return 200, {}
        if path.startswith("/system/scale-function/"):
            self.replicas = json.loads(body)["replicas"]
            return 202, None
        counts = {"replicas": self.replicas, "availableReplicas": self.replicas}
        return 200, {"name": "worker", "image": "none", **counts}
