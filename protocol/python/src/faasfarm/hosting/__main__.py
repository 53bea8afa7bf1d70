"""`python -m faasfarm.hosting ID`: environments of Gymnasium's registry, served by FaaSFarm's protocol."""

import argparse
import json
import logging
import signal
import sys

from ..errors import FaaSFarmError
from ..served import VERSION
from .host import host

DESCRIPTION = """
Serve environments of Gymnasium's registry by FaaSFarm's protocol.

  python -m faasfarm.hosting CartPole-v1
  python -m faasfarm.hosting my_package:MyEnv-v0 --endpoint ipc:///tmp/my-env

An agent makes them with faasfarm.Env("CartPole-v1", endpoint="tcp://127.0.0.1:5555"), or in any other language; Swift
agents too. `faasfarm validate ENDPOINT --env ID` tries whether all is as it should be. Ctrl-C ends it.
"""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    result = argparse.ArgumentParser(
        prog="python -m faasfarm.hosting", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    result.add_argument("ids", nargs="+", metavar="ID", help="an id of Gymnasium's registry, or MODULE:ID")
    result.add_argument(
        "--endpoint",
        default="tcp://127.0.0.1:5555",
        help="tcp://HOST:PORT, where port 0 takes a free one and prints it, or ipc://PATH (default: %(default)s)",
    )
    result.add_argument("--env-id", help="under which id to serve it, when there is one; default: its own")
    result.add_argument("--server-key", help="the server's secret key, a file that `faasfarm keys` made")
    result.add_argument(
        "--allow-clients", help="who may connect: a file of public keys, a folder of *.pub files, or any"
    )
    result.add_argument(
        "--insecure", action="store_true", help="allow an endpoint that other machines can reach, without encryption"
    )
    result.add_argument(
        "--idle-timeout",
        type=float,
        default=300.0,
        metavar="SECONDS",
        help="close a session that is silent for so long (default: %(default)g)",
    )
    result.add_argument(
        "--max-sessions", type=int, default=256, metavar="N", help="sessions at a time (default: %(default)s)"
    )
    result.add_argument(
        "--format", choices=["text", "json"], default="text", help="the form of the line that says where it listens"
    )
    result.add_argument("--version", action="version", version=VERSION)
    return result


def main(arguments: list[str] | None = None) -> int:
    """Serves until SIGINT or SIGTERM.

    Returns:
        The exit code: 0, or 1 with a line on standard error.
    """
    given = parser().parse_args(arguments)
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.WARNING)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    try:
        if given.env_id is not None and len(given.ids) > 1:
            raise FaaSFarmError("--env-id names one environment; leave it out to serve several")
        server = host(
            given.ids[0] if len(given.ids) == 1 else {name.rpartition(":")[2]: name for name in given.ids},
            given.endpoint,
            given.env_id,
            server_key=given.server_key,
            allow_clients=given.allow_clients,
            insecure=given.insecure,
            idle_timeout=given.idle_timeout,
            max_sessions=given.max_sessions,
        )
        endpoint = server.listen()
        if given.format == "json":
            print(json.dumps({"endpoint": endpoint, "envs": server.ids}), flush=True)
        else:
            print(f"serving {', '.join(server.ids)} on {endpoint}; Ctrl-C ends it", flush=True)
        server.serve()
    except KeyboardInterrupt:
        return 0
    except FaaSFarmError as error:
        print(f"faasfarm.hosting: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
