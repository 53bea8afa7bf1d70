"""The gateway that the contract is held against: FaaSFarm's own, or the one that FAASFARM_GATEWAY names."""

import base64
import json
import os
import urllib.error
import urllib.request
from typing import Any, NamedTuple

from daemon import BINARY, wait_until

DEADLINE = 60.0


class Answer(NamedTuple):
    """What came back of a request; header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class _Untouched(urllib.request.HTTPRedirectHandler):
    """Leaves redirects to whoever asked."""

    def redirect_request(self, *_: Any) -> None:
        """Follows none."""
        return None


_OPENER = urllib.request.build_opener(_Untouched, urllib.request.ProxyHandler({}))


class Gateway:
    """A gateway and its login, with a function `worker` and one that takes a call at a time, `limited`."""

    def __init__(self, url: str, password: str, *, is_real: bool) -> None:
        self.url = url.rstrip("/")
        self.password = password
        self.is_real = is_real
        self.names = {
            "worker": "contract-worker",
            "limited": "contract-limited",
            "namespace": os.environ.get("FAASFARM_NAMESPACE", "openfaas-fn"),
            "image": os.environ.get("FAASFARM_IMAGE", "faasfarm/worker"),
            "process": os.environ.get("FAASFARM_PROCESS", "" if is_real else f"{BINARY} worker"),
        }

    def fill(self, value: Any) -> Any:
        """The value with the names in braces replaced."""
        if isinstance(value, str):
            for name, text in self.names.items():
                value = value.replace("{" + name + "}", text)
            return value
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        if isinstance(value, dict):
            return {self.fill(key): self.fill(item) for key, item in value.items()}
        return value

    def send(self, request: list[Any], *, login: str = "right", headers: dict[str, str] | None = None) -> Answer:
        """Sends a method, a path and perhaps a body: a text as it is, anything else as JSON."""
        method, path, *rest = request
        body = rest[0] if rest else None
        if isinstance(body, dict) and "fill" in body:
            data = b"x" * body["fill"]
        elif body is None or isinstance(body, str):
            data = None if body is None else body.encode()
        else:
            data = json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **(headers or {})}
        if login != "none":
            secret = self.password if login == "right" else "wrong"
            sent["Authorization"] = "Basic " + base64.b64encode(f"admin:{secret}".encode()).decode()
        call = urllib.request.Request(self.url + path, data=data, headers=sent, method=method)
        try:
            with _OPENER.open(call, timeout=DEADLINE) as response:
                return Answer(response.status, _lower(response.headers), response.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, _lower(error.headers), error.read())

    def deploy(self) -> None:
        """Deploys both functions and waits until they are ready and listen, which is not the same."""
        variables = {"healthcheck_interval": "1s", "write_timeout": "60s", "exec_timeout": "60s"}
        for name, own in (("worker", {}), ("limited", {"max_inflight": "1", "exec_timeout": "1s"})):
            body = {"service": "{" + name + "}", "image": "{image}", "envProcess": "{process}"}
            body["envVars"] = {**variables, **own}
            answer = self.send(self.fill(["POST", "/system/functions", body]))
            assert answer.status in (200, 202), answer
        for name in ("worker", "limited"):
            wait_until(lambda name=name: self._is_ready(self.names[name]), DEADLINE, f"{name} is ready")
            wait_until(lambda name=name: self._answers(self.names[name]), DEADLINE, f"{name} answers")

    def _is_ready(self, name: str) -> bool:
        answer = self.send(["GET", f"/system/function/{name}"])
        return answer.status == 200 and json.loads(answer.body).get("availableReplicas", 0) > 0

    def _answers(self, name: str) -> bool:
        return self.send(["POST", f"/function/{name}", {"ms": 1}], login="none").status == 200

    def clean(self) -> None:
        """Deletes what the contract deployed."""
        for name in (self.names["worker"], self.names["limited"], "w3", "w4", "w5", "w6"):
            # A deletion that failed has left no replica, and the next one succeeds.
            for _ in range(2):
                if self.send(["DELETE", "/system/functions", {"functionName": name}]).status < 500:
                    break


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
