"""How a server listens, whom it serves, and its limits."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from .. import endpoints
from ..errors import FaaSFarmError
from ..keys import Keys, key_text


@dataclass(frozen=True)
class Settings:
    """How a server serves.

    Attributes:
        endpoint: tcp://HOST:PORT (port 0 or * takes a free one) or ipc://PATH, whose socket only this user may use.
        server_key: the server's secret key, as text or a file that `faasfarm keys` made; None: no encryption.
        allow_clients: public keys that are served: a file with one a line, a folder of *.pub files, or "any".
        insecure: allows, without keys, an endpoint that other machines can reach.
        idle_timeout: seconds after which a silent session is closed.
        max_sessions: more at a time are refused.
        max_num_envs: sub-environments that a session may have.
        max_message_bytes: who sends a longer message is disconnected.
        expected_step: seconds that a step may take, when all is well; clients derive their time-outs from it.
        expected_reset: the same of a reset.
        close_timeout: seconds that the end waits for environments to close.
    """

    endpoint: str = "tcp://127.0.0.1:5555"
    server_key: str | Path | None = None
    allow_clients: str | Path | None = None
    insecure: bool = False
    idle_timeout: float = 300.0
    max_sessions: int = 256
    max_num_envs: int = 1024
    max_message_bytes: int = 16 << 20
    expected_step: float = 0.0
    expected_reset: float = 0.0
    close_timeout: float = 1.0

    def __post_init__(self) -> None:
        """Checks them.

        Raises:
            FaaSFarmError: an endpoint that is none, or that needs keys; limits of nothing.
        """
        if not self.idle_timeout > 0 or min(self.max_sessions, self.max_num_envs, self.max_message_bytes) < 1:
            raise FaaSFarmError("idle_timeout and the limits must be more than 0")
        if self.allow_clients is not None and self.server_key is None:
            raise FaaSFarmError("allow_clients needs server_key: without it nobody has to show a key")
        if self.server_key is not None and self.allow_clients is None:
            raise FaaSFarmError('server_key needs allow_clients: a file of public keys, a folder of them, or "any"')
        if self.endpoint.startswith("ipc://") and len(self.endpoint) > len("ipc://"):
            return
        fault = endpoints.fault(self.endpoint)
        if not self.endpoint.startswith("tcp://") or fault:
            raise FaaSFarmError(f"{self.endpoint} is not an endpoint: {fault or endpoints.LOOKS}")
        host = self.endpoint.removeprefix("tcp://").rpartition(":")[0]
        if not (self.server_key is not None or self.insecure or _is_loopback(host)):
            raise FaaSFarmError(
                f"{self.endpoint} can be reached by other machines, and whoever reaches it steers the environment; use "
                "a loopback address or ipc://, or keys (`faasfarm keys`, then server_key and allow_clients), or allow "
                "it with insecure"
            )

    @property
    def bind_to(self) -> str:
        """The endpoint as ZeroMQ takes it."""
        if self.endpoint.startswith("tcp://") and self.endpoint.endswith(":0"):
            return self.endpoint[:-1] + "*"
        # ZeroMQ binds to interfaces and addresses, not to names.
        return self.endpoint.replace("tcp://localhost:", "tcp://127.0.0.1:", 1)

    def keys(self) -> Keys | None:
        """The server's own keys.

        Raises:
            FaaSFarmError: they cannot be read.
        """
        return None if self.server_key is None else Keys.of_server(self.server_key)

    def allowed(self) -> frozenset[str] | None:
        """Public keys of the clients that are served; None: any.

        Raises:
            FaaSFarmError: they cannot be read, or there are none.
        """
        if self.allow_clients is None or str(self.allow_clients) == "any":
            return None
        path = Path(self.allow_clients)
        try:
            if path.is_dir():
                found = {key_text("allow_clients", file) for file in sorted(path.glob("*.pub"))}
            else:
                lines = map(str.split, path.read_text(encoding="utf-8").splitlines())
                # A key may begin with # too.
                found = {words[0] for words in lines if words and (words[0][0] != "#" or len(words[0]) == 40)}
                found = {key_text("allow_clients", words) for words in found}
        except OSError as error:
            raise FaaSFarmError(f"allow_clients ({path}) cannot be read: {error.strerror}") from error
        if not found:
            raise FaaSFarmError(f'allow_clients ({path}) holds no public key; use "any" to allow whoever has a key')
        return frozenset(found)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        if host.startswith("["):
            return ipaddress.IPv6Address(host.strip("[]")).is_loopback
        # A name that only begins like an address, 127.example.org, is somebody's machine.
        return ipaddress.IPv4Address(host).is_loopback
    except ValueError:
        return False
