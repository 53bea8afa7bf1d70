"""The built daemon as a child process."""

import json
import os
import signal
import subprocess
from pathlib import Path

PROGRAM = Path(os.environ.get("FAASFARM_BIN", Path(__file__).resolve().parents[3] / ".build" / "debug" / "faasfarm"))


class Daemon:
    """`faasfarm serve`, recording into a folder if there is one, with a gateway and workers of its own."""

    def __init__(self, folder: Path | None, port: int = 0, *arguments: str, endpoint: str | None = None) -> None:
        where = ["--port", str(port)] if endpoint is None else ["--endpoint", endpoint]
        command: list[str | Path] = [PROGRAM, "serve", *where, "--format", "json", *arguments]
        if folder is not None:
            command += ["--record", folder / "episodes.sqlite"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.endpoint = json.loads(self.process.stdout.readline())["endpoint"]

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=10)
        self.process.stdout.close()
