"""A server as a program has it: in a thread, or until Ctrl-C."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

import gymnasium

from ..errors import FaaSFarmError
from .offer import Offer
from .router import Router
from .settings import Settings

Given = gymnasium.Env | str | Callable[..., gymnasium.Env]
"""An environment, or what makes one: an id of Gymnasium's registry, a class, a function."""


class Host:
    """A server of Python environments. It listens once it is started, and can be started again after its end."""

    def __init__(self, offers: list[Offer], settings: Settings) -> None:
        """Listens to nothing yet; see `host`."""
        self._offers = offers
        self._settings = settings
        self._router: Router | None = None
        self._thread: threading.Thread | None = None
        # Whoever has it is the one thread that runs the router.
        self._serving = threading.Lock()

    @property
    def endpoint(self) -> str:
        """Where it listens, with the port that was taken for port 0.

        Raises:
            FaaSFarmError: it does not.
        """
        if self._router is None:
            raise FaaSFarmError("the server is not started: use it as a context manager, or call start() or serve()")
        return self._router.endpoint

    @property
    def ids(self) -> list[str]:
        """The ids of its environments."""
        return sorted(offer.spec.id for offer in self._offers)

    def listen(self) -> str:
        """Listens, so that `endpoint` is known before `serve` is called.

        Raises:
            FaaSFarmError: the endpoint cannot be listened on, or keys cannot be read.
        """
        if self._router is None:
            self._router = Router(self._offers, self._settings)
        return self.endpoint

    def start(self) -> "Host":
        """Serves in a thread, until `stop`.

        Raises:
            FaaSFarmError: it serves already, or cannot listen.
        """
        if self._thread is not None or self._serving.locked():
            raise FaaSFarmError("the server is started already")
        self.listen()
        self._thread = threading.Thread(target=self._run, name="faasfarm-host", daemon=True)
        self._thread.start()
        return self

    def serve(self) -> None:
        """Serves in this thread, until `stop` is called in another, or an exception such as Ctrl-C's.

        Raises:
            FaaSFarmError: it cannot listen, or serves already.
            KeyboardInterrupt: Ctrl-C, after sessions have ended and environments are closed.
        """
        if self._thread is not None:
            raise FaaSFarmError("the server is started already, in a thread of its own")
        self.listen()
        self._run()

    def _run(self) -> None:
        router = self._router
        if not self._serving.acquire(blocking=False):
            raise FaaSFarmError("the server serves already, in another thread")
        try:
            if router is not None:
                router.run()
        finally:
            self._router = None
            self._serving.release()

    def stop(self) -> None:
        """Ends it: who waits for a reply is told so, environments are closed. A second time does nothing."""
        router, thread = self._router, self._thread
        if router is not None:
            router.stop()
        if thread is not None and thread is not threading.current_thread():
            thread.join()
            self._thread = None

    def __enter__(self) -> "Host":
        """Serves in a thread."""
        return self.start()

    def __exit__(self, *_: object) -> None:
        """Ends it."""
        self.stop()


def host(
    env: Given | Mapping[str, Given],
    endpoint: str = "tcp://127.0.0.1:5555",
    env_id: str | None = None,
    **settings: Any,
) -> Host:
    """Serves a Gymnasium environment by FaaSFarm's protocol.

    Each session gets an environment of its own, in a thread of its own; one that is given as it is, and not as what
    makes it, is lent to one session at a time. Vectors are Gymnasium's `SyncVectorEnv`.

    Example:
        >>> faasfarm.host("CartPole-v1").serve()  # doctest: +SKIP

    Args:
        env: an environment; or what makes one: an id of Gymnasium's registry, a class, a function. Its keyword
            parameters are arguments that clients may give. Or a dict of several, by id.
        endpoint: tcp://HOST:PORT, where port 0 takes a free one, or ipc://PATH.
        env_id: under which id it is served; None: its own, or `python/NAME-v0`.
        **settings: limits and keys, as `faasfarm.hosting.settings.Settings` describes them: `server_key`,
            `allow_clients`, `insecure`, `idle_timeout`, `max_sessions`, `max_num_envs`, `max_message_bytes`,
            `expected_step`, `expected_reset`.

    Returns:
        A server: a context manager that serves in a thread, with the `endpoint` that it listens on; or call `serve()`.

    Raises:
        FaaSFarmError: the environment cannot be made or served, or an endpoint that needs keys.
    """
    checked = Settings(endpoint, **settings)
    if isinstance(env, Mapping):
        if env_id is not None or not env:
            raise FaaSFarmError("a dict of environments names their ids: leave env_id out, and give one at least")
        return Host([Offer(given, name) for name, given in env.items()], checked)
    return Host([Offer(env, env_id)], checked)
